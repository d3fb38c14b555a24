"""Gap: version 2 of the control plane lists no authorizers, updates no stage, pages nothing and has no deployments.

The sandbox serves an HTTP API as it is now, as a stage with ``AutoDeploy`` does.

See: https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/operations.html
"""

from __future__ import annotations

import json
from typing import Any

from moto.apigatewayv2.exceptions import BadRequestException
from moto.apigatewayv2.responses import ApiGatewayV2Response

from sandbox.control_plane import revision
from sandbox.control_plane.patching import Function, action, extend

_DEFAULT_RESULTS = 25
_PAGED = ("get_apis", "get_authorizers", "get_integrations", "get_routes", "get_stages")
_UPDATED = {
    "accessLogSettings": "access_log_settings",
    "autoDeploy": "auto_deploy",
    "clientCertificateId": "client_certificate_id",
    "defaultRouteSettings": "default_route_settings",
    "description": "description",
    "routeSettings": "route_settings",
    "stageVariables": "stage_variables",
}

Answer = tuple[int, dict[str, Any], str]


def _add_actions() -> None:
    @action(ApiGatewayV2Response)
    def get_authorizers(response: ApiGatewayV2Response) -> Answer:
        api = response.apigatewayv2_backend.get_api(response.path.split("/")[-2])
        return 200, {}, json.dumps({"items": [item.to_json() for item in api.authorizers.values()]})

    @action(ApiGatewayV2Response)
    def update_stage(response: ApiGatewayV2Response) -> Answer:
        *_, api_id, _, stage_name = response.path.split("/")
        stage = response.apigatewayv2_backend.get_stage(api_id, stage_name.replace("%24", "$"))
        for name, value in json.loads(response.body).items():
            if name not in _UPDATED:
                raise BadRequestException(f"Invalid property {name} of a stage")
            setattr(stage, _UPDATED[name], value)
        return 200, {}, json.dumps(stage.to_json())


def _query(response: ApiGatewayV2Response, name: str) -> str | None:
    values: list[str] = response.querystring.get(name) or []
    return values[0] if values else None


def _page(response: ApiGatewayV2Response, document: dict[str, Any]) -> dict[str, Any]:
    size = int(_query(response, "maxResults") or _DEFAULT_RESULTS)
    start = int(_query(response, "nextToken") or 0)
    items = document["items"]
    more = {"nextToken": str(start + size)} if start + size < len(items) else {}
    return {"items": items[start : start + size], **more}


def _install_paging(name: str) -> None:
    def paged(original: Function, response: ApiGatewayV2Response) -> Answer:
        status, headers, body = original(response)
        return status, headers, json.dumps(_page(response, json.loads(body)))

    paged.__qualname__ = f"paged_{name}"
    extend(ApiGatewayV2Response, name)(paged)


def install() -> None:
    """Add the actions, page the collections, and advance the revision with every change."""
    if not hasattr(ApiGatewayV2Response, "get_authorizers"):
        _add_actions()
    for name in _PAGED:
        _install_paging(name)

    @extend(ApiGatewayV2Response, "call_action")
    def call_action(original: Function, response: ApiGatewayV2Response) -> Any:
        try:
            return original(response)
        finally:
            if response.method not in {"GET", "HEAD"}:
                revision.advance()
