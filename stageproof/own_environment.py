"""The environment of a sandbox: its own credentials, and nothing of the person's AWS account."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

_LENT = {"AWS_ACCESS_KEY_ID": "sandbox", "AWS_SECRET_ACCESS_KEY": "sandbox", "AWS_REGION": "us-east-1"}
_HIDDEN = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL")


@contextmanager
def own_environment(secrets: Mapping[str, str] | None = None) -> Iterator[None]:
    """Lend secrets and the sandbox's credentials to this process, so that nobody's own AWS account is touched.

    The libraries of the sandbox read the profile when they are loaded, so this must be entered before that.

    Args:
        secrets: More variables (an API key that ``stageproof.toml`` refers to).
    """
    lent = {**_LENT, **(secrets or {})}
    before = {name: os.environ.get(name) for name in (*lent, *_HIDDEN)}
    os.environ.update(lent)
    for name in _HIDDEN:
        os.environ.pop(name, None)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
