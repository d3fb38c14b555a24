"""What a stage of an HTTP API serves: the API and the stage's settings as they are now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from moto.apigatewayv2 import models

from gateway import http_api_documents as documents
from gateway.http_api import DEFAULT_STAGE_NAME, HttpApi, HttpApiStage
from sandbox.control_plane import revision

_HTTP = "HTTP"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployedHttpApi:
    """One stage of an HTTP API, ready to serve."""

    http_api: HttpApi
    stage: HttpApiStage
    account_id: str
    region: str

    @property
    def http_api_id(self) -> str:
        """The identifier of the API."""
        return self.http_api.http_api_id or ""

    @property
    def base_path(self) -> str:
        """The part of the path that names the stage; empty for ``$default``."""
        return "" if self.stage.stage_name == DEFAULT_STAGE_NAME else f"/{self.stage.stage_name}"


class HttpApiSnapshots:
    """Reads stages from the control plane of this process; what was read is kept until something changes."""

    def __init__(self) -> None:
        self._cache: dict[tuple[str, str], tuple[int, DeployedHttpApi | None]] = {}

    def knows(self, http_api_id: str) -> bool:
        """Return whether an HTTP API of this identifier exists."""
        return _backend_of(http_api_id) is not None

    def deployed(self, http_api_id: str, stage_name: str) -> DeployedHttpApi | None:
        """Return a stage as it serves now; None when there is no such API or stage."""
        now = revision.current()
        known = self._cache.get((http_api_id, stage_name))
        if known is not None and known[0] == now:
            return known[1]
        stage = _read(http_api_id, stage_name)
        self._cache[http_api_id, stage_name] = (now, stage)
        return stage


def _backend_of(http_api_id: str) -> models.ApiGatewayV2Backend | None:
    return next(
        (
            backend
            for backend in _backends()
            if http_api_id in backend.apis and backend.apis[http_api_id].protocol_type == _HTTP
        ),
        None,
    )


def _backends() -> Iterator[models.ApiGatewayV2Backend]:
    for by_region in list(models.apigatewayv2_backends.values()):
        yield from list(by_region.values())


def _read(http_api_id: str, stage_name: str) -> DeployedHttpApi | None:
    backend = _backend_of(http_api_id)
    if backend is None:
        return None
    api = backend.apis[http_api_id]
    held = api.stages.get(stage_name)
    if held is None:
        return None
    parts = {
        name: tuple(item.to_json() for item in list(getattr(api, name).values()))
        for name in ("routes", "integrations", "authorizers")
    }
    return DeployedHttpApi(
        http_api=documents.http_api(documents.HttpApiDocuments(api=api.to_json(), **parts)),
        stage=documents.stage(held.to_json()),
        account_id=backend.account_id,
        region=backend.region_name,
    )
