"""A number that grows with every change of the API Gateway control plane, so that readers may cache what they read."""

from __future__ import annotations

import itertools
from typing import Any

from moto.apigateway.responses import APIGatewayResponse
from moto.wafv2.models import WAFV2Backend

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

    for name in ("associate_web_acl", "disassociate_web_acl"):
        _advance_after(name)


def _advance_after(name: str) -> None:
    """Advance after a call of WAF that changes a stage from outside."""

    @extend(WAFV2Backend, name)
    def changed(original: Function, *arguments: Any, **named: Any) -> Any:
        try:
            return original(*arguments, **named)
        finally:
            advance()
