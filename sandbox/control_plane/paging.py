"""Gap: moto returns every collection whole, whatever ``limit`` says, and embeds methods unasked.

See: https://docs.aws.amazon.com/apigateway/latest/api/API_GetResources.html
"""

from __future__ import annotations

import json
from typing import Any

from moto.apigateway.exceptions import BadRequestException
from moto.apigateway.responses import APIGatewayResponse

from sandbox.control_plane.documents import amended, query_of
from sandbox.control_plane.patching import Function, extend

DEFAULT_LIMIT = 25
MAXIMUM_LIMIT = 500

_PAGED = (
    "get_api_keys",
    "get_authorizers",
    "get_deployments",
    "get_models",
    "get_request_validators",
    "get_resources",
    "get_rest_apis",
    "get_usage_plan_keys",
    "get_usage_plans",
)


def _page(response: APIGatewayResponse, document: dict[str, Any]) -> None:
    limit = int(query_of(response, "limit") or DEFAULT_LIMIT)
    if not 1 <= limit <= MAXIMUM_LIMIT:
        raise BadRequestException(f"Invalid limit value specified: {limit}")
    start = int(query_of(response, "position") or 0)
    items = document["item"]
    document["item"] = items[start : start + limit]
    if start + limit < len(items):
        document["position"] = str(start + limit)


def _install_paging(name: str) -> None:
    def paged(original: Function, response: APIGatewayResponse) -> Any:
        return amended(original(response), lambda document: _page(response, document))

    paged.__qualname__ = f"paged_{name}"
    extend(APIGatewayResponse, name)(paged)


def _without_methods(resource: dict[str, Any]) -> dict[str, Any]:
    methods = resource.get("resourceMethods")
    return resource | {"resourceMethods": {name: {} for name in methods}} if methods else resource


def install() -> None:
    """Page every collection as API Gateway does, and embed methods only where they are asked for."""
    for name in _PAGED:
        _install_paging(name)

    @extend(APIGatewayResponse, "get_resources")
    def get_resources(original: Function, response: APIGatewayResponse) -> str:
        answer: str = original(response)
        if "methods" in (response.querystring.get("embed") or ()):
            return answer
        document = json.loads(answer)
        return json.dumps(document | {"item": [_without_methods(item) for item in document["item"]]})

    @extend(APIGatewayResponse, "get_resource")
    def get_resource(original: Function, response: APIGatewayResponse) -> str:
        answer: str = original(response)
        embedded = "methods" in (response.querystring.get("embed") or ())
        return answer if embedded else json.dumps(_without_methods(json.loads(answer)))
