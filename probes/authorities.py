"""Whom TLS trusts: the certificates that a company's own authorities, or its inspecting proxy, are known by.

``requests`` and curl take them from ``REQUESTS_CA_BUNDLE`` and ``CURL_CA_BUNDLE``, httpx does not. Both requests and
httpx send traffic, so both must trust the same.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from pathlib import Path

from gateway.errors import StageproofError

_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


class AuthoritiesError(StageproofError):
    """The certificates of the authorities cannot be read."""

    slug = "authorities"


def given_authorities(environ: Mapping[str, str] = os.environ) -> str | None:
    """Return the file or folder of certificates that the environment names; None where it names none."""
    return next((path for name in _VARIABLES if (path := environ.get(name))), None)


def trusted() -> ssl.SSLContext | bool:
    """Return whom httpx is to trust; True for its own choice.

    Raises:
        AuthoritiesError: If the certificates that the environment names cannot be read.
    """
    path = given_authorities()
    if path is None:
        return True
    try:
        if Path(path).is_dir():
            return ssl.create_default_context(capath=path)
        return ssl.create_default_context(cafile=path)
    except OSError as error:
        why = error.strerror or error
        raise AuthoritiesError(
            f"{path}: certificates cannot be read from it ({why}); correct {' or '.join(_VARIABLES)}"
        ) from error
