"""A REST API as CloudFormation resources: one for each resource, method, model, validator, authorizer and answer.

See: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-method.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from gateway.openapi.integrations import without_empty
from gateway.rest_api import (
    AuthorizationType,
    Authorizer,
    ConnectionType,
    GatewayResponse,
    Integration,
    IntegrationResponse,
    Method,
    Model,
    RequestValidator,
    RestApi,
)

REST_API = {"Ref": "RestApi"}
_OF_API_GATEWAY = frozenset({"Empty", "Error"})


class Resources:
    """The resources of a template, under logical ids made from what they are called."""

    def __init__(self) -> None:
        self.written: dict[str, Any] = {}

    def add(self, called: str, kind: str, properties: Mapping[str, Any], depends_on: Sequence[str] = ()) -> str:
        """Add a resource and return its logical id.

        Args:
            called: What it is called; the logical id is made of it.
            kind: Its type, without ``AWS::ApiGateway::`` for one of API Gateway.
            properties: Its properties; those that say nothing are left out.
            depends_on: Logical ids of what must be there before.
        """
        logical_id = self._free(logical_id_of(called))
        resource: dict[str, Any] = {
            "Type": kind if "::" in kind else f"AWS::ApiGateway::{kind}",
            "Properties": without_empty(properties),
        }
        if depends_on:
            resource["DependsOn"] = list(depends_on)
        self.written[logical_id] = resource
        return logical_id

    def _free(self, wanted: str) -> str:
        """Return the id, with a number where two names (``/users`` and ``/users/``) give the same."""
        number, free = 1, wanted
        while free in self.written:
            number += 1
            free = f"{wanted}{number}"
        return free


def logical_id_of(called: str) -> str:
    """Return a logical id: letters and digits, each word with a capital."""
    return "".join(word[:1].upper() + word[1:] for word in re.findall(r"[A-Za-z0-9]+", called))


def add_methods(resources: Resources, api: RestApi) -> list[str]:
    """Add an API resource by resource.

    Returns:
        The logical ids of its methods: a deployment has to wait for them.
    """
    resources.add("RestApi", "RestApi", _settings(api))
    models = {name: resources.add(f"Model {name}", "Model", _model(model)) for name, model in api.models.items()}
    validators = {
        name: resources.add(f"Validator {name}", "RequestValidator", _validator(validator))
        for name, validator in api.request_validators.items()
    }
    authorizers = {
        name: resources.add(f"Authorizer {name}", "Authorizer", _authorizer(authorizer))
        for name, authorizer in api.authorizers.items()
    }
    for kind, response in sorted(api.gateway_responses.items()):
        resources.add(f"GatewayResponse {kind}", "GatewayResponse", _gateway_response(response))
    paths = _add_resources(resources, [resource.path for resource in api.resources])
    names = {"models": models, "validators": validators, "authorizers": authorizers}
    return [
        resources.add(
            f"Method {method.http_method} {resource.path}", "Method", _method(method, paths[resource.path], names)
        )
        for resource in api.resources
        for method in resource.methods
    ]


def _settings(api: RestApi) -> dict[str, Any]:
    return {
        "Name": api.name,
        "Description": api.description,
        "ApiKeySourceType": api.api_key_source.value,
        "BinaryMediaTypes": list(api.binary_media_types),
        "MinimumCompressionSize": api.minimum_compression_size_bytes,
        "Policy": json.loads(api.policy) if api.policy else None,
        "DisableExecuteApiEndpoint": api.disable_execute_api_endpoint,
        "EndpointConfiguration": {"Types": list(api.endpoint_types)},
    }


def _model(model: Model) -> dict[str, Any]:
    try:
        schema: Any = json.loads(model.schema)
    except ValueError:
        schema = model.schema
    return {"RestApiId": REST_API, "Name": model.name, "ContentType": model.content_type, "Schema": schema}


def _validator(validator: RequestValidator) -> dict[str, Any]:
    return {
        "RestApiId": REST_API,
        "Name": validator.name,
        "ValidateRequestBody": validator.validate_request_body,
        "ValidateRequestParameters": validator.validate_request_parameters,
    }


def _authorizer(authorizer: Authorizer) -> dict[str, Any]:
    return {
        "RestApiId": REST_API,
        "Name": authorizer.name,
        "Type": authorizer.authorizer_type.value,
        "AuthorizerUri": authorizer.uri,
        "AuthorizerCredentials": authorizer.credentials,
        "IdentitySource": authorizer.identity_source,
        "IdentityValidationExpression": authorizer.identity_validation_expression,
        "AuthorizerResultTtlInSeconds": authorizer.result_ttl_s,
        "ProviderARNs": list(authorizer.provider_arns),
        "AuthType": authorizer.authentication_type,
    }


def _gateway_response(response: GatewayResponse) -> dict[str, Any]:
    return {
        "RestApiId": REST_API,
        "ResponseType": response.response_type.value,
        "StatusCode": response.status_code,
        "ResponseParameters": dict(response.response_parameters),
        "ResponseTemplates": dict(response.response_templates),
    }


def _add_resources(resources: Resources, paths: Sequence[str]) -> dict[str, Any]:
    """Add the tree of resources and return what methods refer to, by path."""
    held: dict[str, Any] = {"/": {"Fn::GetAtt": ["RestApi", "RootResourceId"]}}
    for path in paths:
        parent = "/"
        for part in path.strip("/").split("/") if path != "/" else ():
            here = f"{parent.rstrip('/')}/{part}"
            if here not in held:
                properties = {"RestApiId": REST_API, "ParentId": held[parent], "PathPart": part}
                held[here] = {"Ref": resources.add(f"Resource {here}", "Resource", properties)}
            parent = here
        held[path] = held[parent]
    return held


def _method(method: Method, resource: Any, names: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    validator, authorizer = method.request_validator_name, method.authorizer_name
    models = names["models"]
    return {
        "RestApiId": REST_API,
        "ResourceId": resource,
        "HttpMethod": method.http_method,
        "OperationName": method.operation_name,
        "AuthorizationType": method.authorization_type.value,
        "AuthorizerId": _reference(names["authorizers"], authorizer)
        if method.authorization_type is not AuthorizationType.NONE
        else None,
        "AuthorizationScopes": list(method.authorization_scopes),
        "ApiKeyRequired": method.api_key_required,
        "RequestValidatorId": _reference(names["validators"], validator),
        "RequestParameters": dict(method.request_parameters),
        "RequestModels": _models(method.request_models, models),
        "Integration": _integration(method.integration) if method.integration else None,
        "MethodResponses": [
            without_empty(
                {
                    "StatusCode": response.status_code,
                    "ResponseParameters": dict(response.response_parameters),
                    "ResponseModels": _models(response.response_models, models),
                }
            )
            for response in method.method_responses
        ],
    }


def _reference(names: Mapping[str, str], name: str | None) -> Any:
    return {"Ref": names[name]} if name is not None and name in names else name


def _models(used: Mapping[str, str], names: Mapping[str, str]) -> dict[str, Any]:
    return {kind: name if name in _OF_API_GATEWAY else _reference(names, name) for kind, name in used.items()}


def _integration(integration: Integration) -> dict[str, Any]:
    is_direct = integration.connection_type is ConnectionType.INTERNET
    written = {
        "Type": integration.integration_type.value,
        "IntegrationHttpMethod": integration.http_method,
        "Uri": integration.uri,
        "Credentials": integration.credentials,
        "ConnectionType": None if is_direct else integration.connection_type.value,
        "ConnectionId": integration.connection_id,
        "RequestParameters": dict(integration.request_parameters),
        "RequestTemplates": dict(integration.request_templates),
        "PassthroughBehavior": integration.passthrough_behavior.value,
        "ContentHandling": integration.content_handling and integration.content_handling.value,
        "TimeoutInMillis": integration.timeout_ms,
        "CacheKeyParameters": list(integration.cache_key_parameters),
        "IntegrationResponses": [_integration_response(response) for response in integration.integration_responses],
    }
    return without_empty(written)


def _integration_response(response: IntegrationResponse) -> dict[str, Any]:
    written = {
        "StatusCode": response.status_code,
        "SelectionPattern": response.selection_pattern,
        "ResponseParameters": dict(response.response_parameters),
        "ResponseTemplates": dict(response.response_templates),
        "ContentHandling": response.content_handling and response.content_handling.value,
    }
    return without_empty(written)
