"""An OpenAPI document with API Gateway's extensions is read into an HTTP API; what it cannot be is told in one line."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.http_api import (
    CorsConfiguration,
    HttpApiAuthorizerType,
    PayloadFormatVersion,
    RouteAuthorizationType,
)
from gateway.http_api_openapi import read_http_api
from gateway.openapi import OpenApiError
from gateway.rest_api import IntegrationType

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:notes"
INTEGRATION = {"type": "aws_proxy", "uri": FUNCTION, "payloadFormatVersion": "2.0", "httpMethod": "POST"}


def _document(**changes: Any) -> dict[str, Any]:
    return {
        "openapi": "3.0.1",
        "info": {"title": "notes", "version": 2},
        "x-amazon-apigateway-cors": {"allowOrigins": ["https://a.example"], "maxAge": 5},
        "paths": {
            "/notes": {
                "get": {"operationId": "list", "x-amazon-apigateway-integration": INTEGRATION},
                "post": {"security": [{"jwt": ["notes.write"]}], "x-amazon-apigateway-integration": INTEGRATION},
            },
            "/$default": {
                "x-amazon-apigateway-any-method": {
                    "security": [{"lambda": []}],
                    "x-amazon-apigateway-integration": {"type": "http_proxy", "uri": "https://b.example"},
                }
            },
        },
        "components": {
            "securitySchemes": {
                "jwt": {
                    "type": "oauth2",
                    "x-amazon-apigateway-authorizer": {
                        "type": "jwt",
                        "identitySource": "$request.header.Authorization",
                        "jwtConfiguration": {"issuer": "https://i.example", "audience": ["a"]},
                    },
                },
                "lambda": {
                    "type": "apiKey",
                    "x-amazon-apigateway-authorizer": {
                        "type": "request",
                        "identitySource": "$request.header.A, $request.querystring.b",
                        "authorizerPayloadFormatVersion": "2.0",
                        "enableSimpleResponses": True,
                    },
                },
                "plain": {"type": "http", "scheme": "bearer"},
            }
        },
        **changes,
    }


def test_routes_integrations_authorizers_and_cors_are_read() -> None:
    api = read_http_api(_document())
    assert [route.route_key for route in api.routes] == ["$default", "GET /notes", "POST /notes"]
    default, listed, posted = api.routes
    assert (api.name, api.version) == ("notes", "2")
    assert api.cors_configuration == CorsConfiguration(allow_origins=("https://a.example",), max_age_s=5)
    assert (default.authorization_type, default.authorizer_name) == (RouteAuthorizationType.CUSTOM, "lambda")
    assert default.integration is not None
    assert default.integration.integration_type is IntegrationType.HTTP_PROXY
    assert default.integration.payload_format_version is PayloadFormatVersion.ONE
    assert (listed.operation_name, listed.is_protected) == ("list", False)
    assert listed.integration == posted.integration
    assert listed.integration is not None
    assert listed.integration.infers_responses
    assert posted.authorization_type is RouteAuthorizationType.JWT
    assert posted.authorization_scopes == ("notes.write",)
    assert api.authorizers["jwt"].authorizer_type is HttpApiAuthorizerType.JWT
    assert api.authorizers["jwt"].jwt_issuer == "https://i.example"
    assert api.authorizers["lambda"].identity_source == ("$request.header.A", "$request.querystring.b")
    assert api.authorizers["lambda"].enable_simple_responses
    assert "plain" not in api.authorizers


@pytest.mark.parametrize(
    ("integration", "message"),
    [
        ({"type": "mock"}, "an HTTP API takes aws_proxy"),
        ({"type": "carrier_pigeon"}, "carrier_pigeon".upper()),
        ({**INTEGRATION, "payloadFormatVersion": "3.0"}, "'3.0'"),
    ],
)
def test_an_integration_that_no_http_api_has_is_told_in_one_line(integration: dict[str, Any], message: str) -> None:
    paths = {"/x": {"get": {"x-amazon-apigateway-integration": integration}}}
    with pytest.raises(OpenApiError) as raised:
        read_http_api(_document(paths=paths))
    assert message in str(raised.value)
    assert "#/paths/~1x/get" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_an_authorizer_of_another_kind_is_told_in_one_line() -> None:
    schemes = {"old": {"x-amazon-apigateway-authorizer": {"type": "token"}}}
    with pytest.raises(OpenApiError, match="an HTTP API takes the types request and jwt"):
        read_http_api(_document(components={"securitySchemes": schemes}))
