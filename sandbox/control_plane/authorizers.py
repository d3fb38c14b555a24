"""Gap: moto drops an authorizer's ``identityValidationExpression`` and patches no provider ARNs.

See: https://docs.aws.amazon.com/apigateway/latest/api/API_CreateAuthorizer.html
"""

from __future__ import annotations

from typing import Any

from moto.apigateway import models

from sandbox.control_plane.documents import Kind, Operation, Property, apply_operations
from sandbox.control_plane.patching import Function, extend

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

    @extend(models.Authorizer, "apply_operations")
    def patch(_original: Function, authorizer: models.Authorizer, operations: list[Operation]) -> models.Authorizer:
        apply_operations(authorizer, operations, _PROPERTIES)
        return authorizer
