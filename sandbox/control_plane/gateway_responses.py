"""Gap: default gateway responses answer 404 in moto, and UpdateGatewayResponse is absent.

See: https://docs.aws.amazon.com/apigateway/latest/api/API_GetGatewayResponses.html
"""

from __future__ import annotations

from typing import Any

from moto.apigateway import models
from moto.apigateway.exceptions import BadRequestException
from moto.apigateway.responses import APIGatewayResponse

from gateway.rest_api import GatewayResponseType
from sandbox.control_plane.documents import Kind, Property, answered, apply_operations, operations_of, path_of
from sandbox.control_plane.patching import Function, action, extend

_PROPERTIES = {
    "statusCode": Property(attribute="status_code"),
    "responseParameters": Property(attribute="response_parameters", kind=Kind.TEXTS),
    "responseTemplates": Property(attribute="response_templates", kind=Kind.TEXTS),
}


def _default(response_type: str) -> models.GatewayResponse:
    if response_type not in {str(kind) for kind in GatewayResponseType}:
        raise BadRequestException(f"Invalid gateway response type specified: {response_type}")
    from gateway.gateway_response import default_gateway_response

    known = default_gateway_response(GatewayResponseType(response_type))
    status: Any = known.status_code
    response = models.GatewayResponse(
        response_type, status, dict(known.response_parameters), dict(known.response_templates)
    )
    response.default_response = True
    return response


def install() -> None:
    """Answer for every response type, customised or not."""

    @extend(models.RestAPI, "get_gateway_response")
    def get_gateway_response(original: Function, api: models.RestAPI, response_type: str) -> models.GatewayResponse:
        if response_type in api.gateway_responses:
            customised: models.GatewayResponse = original(api, response_type)
            return customised
        return _default(response_type)

    @extend(models.RestAPI, "get_gateway_responses")
    def get_gateway_responses(_original: Function, api: models.RestAPI) -> list[models.GatewayResponse]:
        return [api.gateway_responses.get(str(kind)) or _default(str(kind)) for kind in GatewayResponseType]

    @action(APIGatewayResponse)
    def update_gateway_response(self: APIGatewayResponse) -> Any:
        _, rest_api_id, _, response_type = path_of(self)
        api = self.backend.get_rest_api(rest_api_id)
        response = api.gateway_responses.get(response_type) or _default(response_type)
        response.default_response = False
        apply_operations(response, operations_of(self), _PROPERTIES)
        api.gateway_responses[response_type] = response
        return answered(response.to_json())
