"""Gap: moto drops ``cacheKeyParameters``, ``connectionId`` and a MOCK's method, and fills in no defaults.

See: https://docs.aws.amazon.com/apigateway/latest/api/API_PutIntegration.html
"""

from __future__ import annotations

from typing import Any

from moto.apigateway import models
from moto.apigateway.responses import APIGatewayResponse

from gateway.rest_api import DEFAULT_TIMEOUT_MS, PassthroughBehavior
from sandbox.control_plane.documents import amended, parameters_of, path_of
from sandbox.control_plane.patching import Function, extend


def install() -> None:
    """Keep what PutIntegration was given, and fill in API Gateway's defaults."""

    @extend(APIGatewayResponse, "put_integration")
    def put_integration(original: Function, response: APIGatewayResponse) -> Any:
        parameters = parameters_of(response)
        _, rest_api_id, _, resource_id, _, http_method, *_ = path_of(response)

        def keep(document: dict[str, Any]) -> None:
            integration: Any = response.backend.get_integration(rest_api_id, resource_id, http_method)
            integration.http_method = parameters.get("httpMethod")
            integration.cache_key_parameters = list(parameters.get("cacheKeyParameters") or ())
            integration.cache_namespace = parameters.get("cacheNamespace") or resource_id
            integration.connection_id = parameters.get("connectionId")
            document.update(integration.to_json())

        return amended(original(response), keep)

    @extend(models.Integration, "to_json")
    def to_json(original: Function, integration: models.Integration) -> dict[str, Any]:
        document: dict[str, Any] = original(integration)
        return document | {
            "passthroughBehavior": document["passthroughBehavior"] or PassthroughBehavior.WHEN_NO_MATCH.value,
            "timeoutInMillis": document["timeoutInMillis"] or DEFAULT_TIMEOUT_MS,
            "connectionId": getattr(integration, "connection_id", None),
        }
