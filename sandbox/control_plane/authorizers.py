"""Gap: moto drops an authorizer's ``identityValidationExpression`` and patches no provider ARNs.

See: https://docs.aws.amazon.com/apigateway/latest/api/API_CreateAuthorizer.html
"""

from __future__ import annotations

from typing import Any

from moto.apigateway import models
from moto.apigateway.responses import APIGatewayResponse

from sandbox.control_plane.documents import Kind, Operation, Property, amended, apply_operations, parameters_of, path_of
from sandbox.control_plane.patching import Function, extend

_COGNITO = "COGNITO_USER_POOLS"
_PROPERTIES = {
    "name": Property(attribute="name"),
    "type": Property(attribute="type"),
    "authType": Property(attribute="auth_type"),
    "authorizerUri": Property(attribute="authorizer_uri"),
    "authorizerCredentials": Property(attribute="authorizer_credentials"),
    "authorizerResultTtlInSeconds": Property(attribute="authorizer_result_ttl", kind=Kind.INTEGER),
    "identitySource": Property(attribute="identity_source"),
    "identityValidationExpression": Property(attribute="identity_validation_expression"),
    "providerARNs": Property(attribute="provider_arns", kind=Kind.LIST),
}


def install() -> None:
    """Keep the expression (moto hands it on under a misspelt name), and patch every property."""

    @extend(models.Authorizer, "__init__")
    def keep_expression(original: Function, authorizer: Any, *args: Any, **kwargs: Any) -> None:
        original(authorizer, *args, **kwargs)
        given = kwargs.get("identiy_validation_expression")
        authorizer.identity_validation_expression = given or authorizer.identity_validation_expression

    @extend(APIGatewayResponse, "create_authorizer")
    def create_authorizer(original: Function, response: APIGatewayResponse) -> Any:
        parameters = parameters_of(response)

        def forget_default(document: dict[str, Any]) -> None:
            """A user pool's authorizer caches nothing: it has no default time to live."""
            if parameters.get("type") == _COGNITO and parameters.get("authorizerResultTtlInSeconds") is None:
                authorizer: Any = response.backend.get_authorizer(path_of(response)[1], document["id"])
                authorizer.authorizer_result_ttl = document["authorizerResultTtlInSeconds"] = None

        return amended(original(response), forget_default)

    @extend(models.Authorizer, "apply_operations")
    def patch(_original: Function, authorizer: models.Authorizer, operations: list[Operation]) -> models.Authorizer:
        apply_operations(authorizer, operations, _PROPERTIES)
        return authorizer
