"""Gap: moto has no Update action for methods, integrations, their responses, models, resources and deployments.

See: https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html
"""

from __future__ import annotations

from typing import Any

from moto.apigateway.exceptions import NotFoundException
from moto.apigateway.responses import APIGatewayResponse

from sandbox.control_plane.documents import Answer, Kind, Property, answered, apply_operations, operations_of, path_of
from sandbox.control_plane.patching import action

_METHOD = {
    "authorizationType": Property(attribute="authorization_type"),
    "authorizerId": Property(attribute="authorizer_id"),
    "authorizationScopes": Property(attribute="authorization_scopes", kind=Kind.LIST),
    "apiKeyRequired": Property(attribute="api_key_required", kind=Kind.BOOLEAN),
    "operationName": Property(attribute="operation_name"),
    "requestValidatorId": Property(attribute="request_validator_id"),
    "requestParameters": Property(attribute="request_parameters", kind=Kind.BOOLEANS),
    "requestModels": Property(attribute="request_models", kind=Kind.TEXTS),
}
_METHOD_RESPONSE = {
    "responseParameters": Property(attribute="response_parameters", kind=Kind.BOOLEANS),
    "responseModels": Property(attribute="response_models", kind=Kind.TEXTS),
}
_INTEGRATION = {
    "uri": Property(attribute="uri"),
    "httpMethod": Property(attribute="http_method"),
    "credentials": Property(attribute="credentials"),
    "requestParameters": Property(attribute="request_parameters", kind=Kind.TEXTS),
    "requestTemplates": Property(attribute="request_templates", kind=Kind.TEXTS),
    "passthroughBehavior": Property(attribute="passthrough_behaviour"),
    "contentHandling": Property(attribute="content_handling"),
    "timeoutInMillis": Property(attribute="timeout_in_millis", kind=Kind.INTEGER),
    "connectionType": Property(attribute="connection_type"),
    "connectionId": Property(attribute="connection_id"),
    "cacheNamespace": Property(attribute="cache_namespace"),
    "cacheKeyParameters": Property(attribute="cache_key_parameters", kind=Kind.LIST),
    "tlsConfig": Property(attribute="tls_config", kind=Kind.BOOLEANS),
}
_INTEGRATION_RESPONSE = {
    "selectionPattern": Property(attribute="selection_pattern"),
    "responseParameters": Property(attribute="response_parameters", kind=Kind.TEXTS),
    "responseTemplates": Property(attribute="response_templates", kind=Kind.TEXTS),
    "contentHandling": Property(attribute="content_handling"),
}
_MODEL = {"schema": Property(attribute="schema"), "description": Property(attribute="description")}
_RESOURCE = {"pathPart": Property(attribute="path_part"), "parentId": Property(attribute="parent_id")}
_DEPLOYMENT = {"description": Property(attribute="description")}


def _patched(response: APIGatewayResponse, target: Any, properties: dict[str, Property], kind: str) -> Answer:
    if target is None:
        raise NotFoundException(f"Invalid {kind} identifier specified")
    apply_operations(target, operations_of(response), properties)
    return answered(target.to_dict() if hasattr(target, "to_dict") else target.to_json())


def _method(response: APIGatewayResponse) -> Any:
    _, rest_api_id, _, resource_id, _, http_method, *_ = path_of(response)
    return response.backend.get_method(rest_api_id, resource_id, http_method)


def install() -> None:
    """Add the actions."""

    @action(APIGatewayResponse)
    def update_method(self: APIGatewayResponse) -> Answer:
        return _patched(self, _method(self), _METHOD, "Method")

    @action(APIGatewayResponse)
    def update_method_response(self: APIGatewayResponse) -> Answer:
        return _patched(self, _method(self).get_response(path_of(self)[-1]), _METHOD_RESPONSE, "Response status code")

    @action(APIGatewayResponse)
    def update_integration(self: APIGatewayResponse) -> Answer:
        return _patched(self, _method(self).method_integration, _INTEGRATION, "Integration")

    @action(APIGatewayResponse)
    def update_integration_response(self: APIGatewayResponse) -> Answer:
        integration = _method(self).method_integration
        if integration is None:
            raise NotFoundException("Invalid Integration identifier specified")
        held = integration.get_integration_response(path_of(self)[-1])
        return _patched(self, held, _INTEGRATION_RESPONSE, "Response status code")

    @action(APIGatewayResponse)
    def update_model(self: APIGatewayResponse) -> Answer:
        _, rest_api_id, _, name = path_of(self)
        return _patched(self, self.backend.get_model(rest_api_id, name), _MODEL, "Model")

    @action(APIGatewayResponse)
    def update_resource(self: APIGatewayResponse) -> Answer:
        _, rest_api_id, _, resource_id = path_of(self)
        return _patched(self, self.backend.get_resource(rest_api_id, resource_id), _RESOURCE, "Resource")

    @action(APIGatewayResponse)
    def update_deployment(self: APIGatewayResponse) -> Answer:
        _, rest_api_id, _, deployment_id = path_of(self)
        deployment = self.backend.get_rest_api(rest_api_id).deployments.get(deployment_id)
        return _patched(self, deployment, _DEPLOYMENT, "Deployment")
