"""A number that grows with every change of the API Gateway control plane, so that readers may cache what they read."""

from __future__ import annotations

import itertools
from typing import Any

from moto.apigateway.responses import APIGatewayResponse

from sandbox.control_plane.patching import Function, extend

_counter = itertools.count(1)
_current = [0]


def current() -> int:
    """Return the revision: equal numbers mean that nothing has changed in between."""
    return _current[0]


def advance() -> None:
    """Say that something has changed."""
    _current[0] = next(_counter)


def install() -> None:
    """Advance the revision after every call that is not a read."""

    @extend(APIGatewayResponse, "call_action")
    def call_action(original: Function, response: APIGatewayResponse) -> Any:
        try:
            return original(response)
        finally:
            if response.method not in {"GET", "HEAD"}:
                advance()
