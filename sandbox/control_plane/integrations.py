"""Gap: moto drops ``cacheKeyParameters``, ``connectionId`` and a MOCK's method, and fills in no defaults.

See: https://docs.aws.amazon.com/apigateway/latest/api/API_PutIntegration.html
"""

from __future__ import annotations

from typing import Any

from moto.apigateway import models
from moto.apigateway.exceptions import BadRequestException
from moto.apigateway.responses import APIGatewayResponse

from gateway import choices
from gateway.rest_api import DEFAULT_TIMEOUT_MS, PassthroughBehavior
from sandbox.control_plane.documents import amended, parameters_of, path_of
from sandbox.control_plane.patching import Function, extend

_OF_PATH = "method.request.path."


def _check_cache_key(method: Any, parameters: dict[str, Any]) -> None:
    """Refuse a cache key parameter that neither the method's request parameters nor the integration's name.

    Parameters of the path need no declaration, as in the gateway model (``gateway.choices``).
    """
    declared = {*(method.request_parameters or {}), *(parameters.get("requestParameters") or {})}
    for name in parameters.get("cacheKeyParameters") or ():
        plain = name.replace("multivalue", "")
        is_of_path = name.startswith(_OF_PATH) and choices.PATH_PARAMETERS_NEED_NO_DECLARATION
        if name not in declared and plain not in declared and not is_of_path:
            raise BadRequestException("Invalid cache key parameter specified")


def install() -> None:
    """Keep what PutIntegration was given, and fill in API Gateway's defaults."""

    @extend(APIGatewayResponse, "put_integration")
    def put_integration(original: Function, response: APIGatewayResponse) -> Any:
        parameters = parameters_of(response)
        _, rest_api_id, _, resource_id, _, http_method, *_ = path_of(response)
        _check_cache_key(response.backend.get_method(rest_api_id, resource_id, http_method), parameters)

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
