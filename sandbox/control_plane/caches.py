"""Gap: moto has no FlushStageCache and FlushStageAuthorizersCache.

Whoever holds a cache registers with ``on_flush`` and is told the API, the stage and which cache.

See: https://docs.aws.amazon.com/apigateway/latest/api/API_FlushStageCache.html
"""

from __future__ import annotations

from collections.abc import Callable

from moto.apigateway.responses import APIGatewayResponse

from sandbox.control_plane.documents import Answer, path_of
from sandbox.control_plane.patching import action

Flush = Callable[[str, str, str], None]

_listeners: list[Flush] = []


def on_flush(listener: Flush) -> None:
    """Register a listener ``(rest_api_id, stage_name, cache)``; cache is ``data`` or ``authorizers``."""
    _listeners.append(listener)


def _flush(response: APIGatewayResponse, cache: str) -> Answer:
    _, rest_api_id, _, stage_name, *_ = path_of(response)
    response.backend.get_stage(rest_api_id, stage_name)
    for listener in _listeners:
        listener(rest_api_id, stage_name, cache)
    return 202, {"status": 202}, ""


def install() -> None:
    """Add the actions."""

    @action(APIGatewayResponse)
    def flush_stage_cache(self: APIGatewayResponse) -> Answer:
        return _flush(self, "data")

    @action(APIGatewayResponse)
    def flush_stage_authorizers_cache(self: APIGatewayResponse) -> Answer:
        return _flush(self, "authorizers")
