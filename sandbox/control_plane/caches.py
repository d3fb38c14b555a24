"""Gap: moto has no FlushStageCache and FlushStageAuthorizersCache, and no cache that goes with its stage.

Whoever holds a cache registers with ``on_flush`` and is told the API, the stage and which cache. API Gateway removes
the cache instance, and all that it holds, where the cache is switched off, gets another capacity, or its stage goes.

See: https://docs.aws.amazon.com/apigateway/latest/api/API_FlushStageCache.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.apigateway.responses import APIGatewayResponse

from sandbox.control_plane.documents import Answer, path_of
from sandbox.control_plane.patching import Function, action, extend

Flush = Callable[[str, str, str], None]
DATA, AUTHORIZERS = "data", "authorizers"

_listeners: list[Flush] = []


def on_flush(listener: Flush) -> None:
    """Register a listener ``(rest_api_id, stage_name, cache)``; cache is ``data`` or ``authorizers``."""
    _listeners.append(listener)


def _flush(response: APIGatewayResponse, cache: str) -> Answer:
    _, rest_api_id, _, stage_name, *_ = path_of(response)
    response.backend.get_stage(rest_api_id, stage_name)
    _tell(rest_api_id, stage_name, cache)
    return 202, {"status": 202}, ""


def _tell(rest_api_id: str, stage_name: str, cache: str) -> None:
    for listener in _listeners:
        listener(rest_api_id, stage_name, cache)


def _cluster(response: APIGatewayResponse) -> tuple[object, ...]:
    """Return what makes up the cache instance of the stage that a request names; nothing for an unknown stage."""
    _, rest_api_id, _, stage_name, *_ = path_of(response)
    api = response.backend.apis.get(rest_api_id)
    stage = None if api is None else api.stages.get(stage_name)
    return () if stage is None else (stage.cache_cluster_enabled, stage.cache_cluster_size)


def install() -> None:
    """Add the actions."""

    @action(APIGatewayResponse)
    def flush_stage_cache(self: APIGatewayResponse) -> Answer:
        return _flush(self, DATA)

    @action(APIGatewayResponse)
    def flush_stage_authorizers_cache(self: APIGatewayResponse) -> Answer:
        return _flush(self, AUTHORIZERS)

    @extend(APIGatewayResponse, "update_stage")
    def update_stage(original: Function, response: APIGatewayResponse) -> Any:
        before = _cluster(response)
        answer = original(response)
        if _cluster(response) != before:
            _tell(path_of(response)[1], path_of(response)[3], DATA)
        return answer

    @extend(APIGatewayResponse, "delete_stage")
    def delete_stage(original: Function, response: APIGatewayResponse) -> Any:
        answer = original(response)
        _tell(path_of(response)[1], path_of(response)[3], DATA)
        return answer
