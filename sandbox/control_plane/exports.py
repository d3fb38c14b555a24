"""Gap: GetExport is a bare Swagger document in moto; API Gateway exports what the stage's deployment froze.

See: https://docs.aws.amazon.com/apigateway/latest/api/API_GetExport.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import yaml
from moto.apigateway.exceptions import BadRequestException, NotFoundException
from moto.apigateway.responses import APIGatewayResponse

from gateway.openapi import write
from sandbox.control_plane.deployments import frozen_rest_api
from sandbox.control_plane.documents import path_of, query_of
from sandbox.control_plane.patching import action
from sandbox.control_plane.swagger import swagger_of

_EXPORT_TYPES = ("oas30", "swagger")
_INTEGRATION_KEYS = frozenset({"x-amazon-apigateway-integration"})
_AUTHORIZER_KEYS = frozenset({"x-amazon-apigateway-authorizer", "x-amazon-apigateway-authtype"})


def _without(document: Any, keys: frozenset[str]) -> Any:
    if isinstance(document, Mapping):
        return {name: _without(value, keys) for name, value in document.items() if name not in keys}
    if isinstance(document, list):
        return [_without(value, keys) for value in document]
    return document


def _hidden_keys(extensions: str | None) -> frozenset[str]:
    """Return the extension keys that were not asked for: ``apigateway`` asks for all."""
    asked = {part.strip() for part in (extensions or "").split(",")}
    if "apigateway" in asked:
        return frozenset()
    hidden = frozenset() if "integrations" in asked else _INTEGRATION_KEYS
    return hidden if "authorizers" in asked else hidden | _AUTHORIZER_KEYS


def _located(document: dict[str, Any], *, host: str, stage_name: str) -> dict[str, Any]:
    """Add where the stage is served."""
    if "swagger" in document:
        return document | {"host": host, "basePath": f"/{stage_name}", "schemes": ["https"]}
    variables = {"basePath": {"default": f"/{stage_name}"}}
    server = {"url": f"https://{host}/{{basePath}}", "variables": variables}
    return document | {"servers": [{**first, **server} for first in document.get("servers") or [{}]]}


def install() -> None:
    """Export what the stage serves."""

    @action(APIGatewayResponse)
    def get_export(self: APIGatewayResponse) -> Any:
        _, rest_api_id, _, stage_name, _, export_type = path_of(self)
        if export_type not in _EXPORT_TYPES:
            raise BadRequestException(f"No API exporter for type '{export_type}'")
        stage = self.backend.get_stage(rest_api_id, stage_name)
        frozen = frozen_rest_api(self.backend.get_rest_api(rest_api_id), stage.deployment_id)
        if frozen is None:
            raise NotFoundException("Invalid Deployment identifier specified")
        written = write(frozen) if export_type == "oas30" else swagger_of(write(frozen))
        host = f"{rest_api_id}.execute-api.{self.region}.amazonaws.com"
        document = _without(
            _located(dict(written), host=host, stage_name=stage_name), _hidden_keys(query_of(self, "extensions"))
        )
        wants_yaml = "yaml" in (self.headers.get("Accept") or "")
        text = yaml.safe_dump(document, sort_keys=False) if wants_yaml else json.dumps(document)
        kind = "yaml" if wants_yaml else "json"
        name = f"{export_type}.{kind}"
        headers = {"Content-Type": f"application/{kind}", "Content-Disposition": f'attachment; filename="{name}"'}
        return 200, headers, text.encode()
