"""An HTTP API is read from the control plane's documents in both spellings, and routes as AWS says."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.http_api import (
    CorsConfiguration,
    HttpApi,
    HttpApiAuthorizerType,
    HttpIntegration,
    PayloadFormatVersion,
    Route,
    RouteAuthorizationType,
    RouteSettings,
    TlsConfig,
)
from gateway.http_api_documents import HttpApiDocuments, http_api, stage
from gateway.http_routing import match_route
from gateway.rest_api import ConnectionType, IntegrationType

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:notes"
DOCUMENTS: dict[str, Any] = {
    "api": {
        "apiId": "a1",
        "name": "notes",
        "corsConfiguration": {"allowOrigins": ["https://a.example"], "maxAge": 0, "allowCredentials": True},
        "tags": {"team": "x"},
    },
    "routes": (
        {"routeKey": "POST /notes", "target": "integrations/i1", "authorizationType": "CUSTOM", "authorizerId": "z1"},
        {"routeKey": "$default", "target": "integrations/i2", "authorizationType": "NONE", "authorizerId": "z1"},
    ),
    "integrations": (
        {
            "integrationId": "i1",
            "integrationType": "AWS_PROXY",
            "integrationUri": FUNCTION,
            "payloadFormatVersion": "2.0",
        },
        {
            "integrationId": "i2",
            "integrationType": "HTTP_PROXY",
            "integrationUri": "arn:listener",
            "connectionType": "VPC_LINK",
            "tlsConfig": {"serverNameToVerify": "in.example"},
            "timeoutInMillis": 500,
        },
        {"integrationId": "unused", "integrationType": "HTTP_PROXY"},
    ),
    "authorizers": (
        {
            "authorizerId": "z1",
            "name": "tokens",
            "authorizerType": "REQUEST",
            "identitySource": ["$request.header.Authorization"],
        },
    ),
}


def _pascal(value: Any) -> Any:
    """Spell every member as boto3 does."""
    if isinstance(value, dict):
        return {key[0].upper() + key[1:]: _pascal(item) for key, item in value.items()}
    return type(value)(map(_pascal, value)) if isinstance(value, list | tuple) else value


@pytest.mark.parametrize("spelled", [lambda value: value, _pascal], ids=["wire", "boto3"])
def test_the_documents_are_read_in_both_spellings(spelled: Any) -> None:
    api = http_api(HttpApiDocuments(**{name: spelled(part) for name, part in DOCUMENTS.items()}))
    caught, posted = api.routes
    assert (api.name, api.http_api_id) == ("notes", "a1")
    assert api.cors_configuration == CorsConfiguration(
        allow_origins=("https://a.example",), allow_credentials=True, max_age_s=0
    )
    assert (posted.http_method, posted.path, posted.authorizer_name) == ("POST", "/notes", "tokens")
    assert posted.authorization_type is RouteAuthorizationType.CUSTOM
    assert posted.integration is not None
    assert (posted.integration.lambda_arn, posted.integration.infers_responses) == (FUNCTION, True)
    assert (caught.is_default, caught.path, caught.authorizer_name) == (True, None, None)
    assert caught.integration is not None
    assert caught.integration.connection_type is ConnectionType.VPC_LINK
    assert caught.integration.tls_config == TlsConfig(server_name_to_verify="in.example")
    assert (caught.integration.timeout_ms, caught.integration.infers_responses) == (500, False)
    assert api.authorizers["tokens"].authorizer_type is HttpApiAuthorizerType.REQUEST


def test_a_stage_is_read_with_its_route_settings() -> None:
    read = stage(
        {
            "stageName": "$default",
            "autoDeploy": True,
            "defaultRouteSettings": {"throttlingRateLimit": 10.0},
            "routeSettings": {"GET /notes": {"detailedMetricsEnabled": True}},
            "accessLogSettings": {"destinationArn": "arn:aws:logs:r:1:log-group:notes", "format": "$context.requestId"},
        }
    )
    assert read.settings_for("GET /notes") == RouteSettings(detailed_metrics_enabled=True)
    assert read.settings_for("POST /notes") == RouteSettings(throttling_rate_limit=10.0)
    assert read.access_log_settings is not None
    assert read.access_log_settings.log_group_name == "notes"


def test_a_function_is_named_by_its_arn_or_inside_an_invocation_uri() -> None:
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"
    by_uri = HttpIntegration(integration_type=IntegrationType.AWS_PROXY, integration_uri=uri)
    assert by_uri.lambda_arn == FUNCTION
    assert by_uri.payload_format_version is PayloadFormatVersion.ONE
    service = HttpIntegration(integration_type=IntegrationType.AWS_PROXY, integration_subtype="SQS-SendMessage")
    assert service.lambda_arn is None


@pytest.mark.parametrize(
    ("allowed", "origin", "expected"),
    [
        ("https://a.example", "https://a.example", True),
        ("https://a.example", "https://b.example", False),
        ("*", "http://b.example", True),
        ("https://*", "https://b.example", True),
        ("https://*", "http://b.example", False),
    ],
)
def test_origins_are_allowed_by_name_star_and_scheme(allowed: str, origin: str, expected: bool) -> None:
    assert CorsConfiguration(allow_origins=(allowed,)).allows_origin(origin) is expected


def _api(*route_keys: str) -> HttpApi:
    return HttpApi(name="x", routes=tuple(Route(route_key=key) for key in route_keys))


@pytest.mark.parametrize(
    ("http_method", "path", "expected"),
    [
        ("GET", "/pets/dog/1", "GET /pets/dog/1"),
        ("GET", "/pets/dog/2", "GET /pets/dog/{id}"),
        ("GET", "/pets/cat/2", "GET /pets/{proxy+}"),
        ("POST", "/pets/cat/2", "ANY /{proxy+}"),
        ("POST", "/pets/dog/1", "ANY /{proxy+}"),
        ("POST", "/", "$default"),
    ],
)
def test_routes_are_chosen_by_aws_priority(http_method: str, path: str, expected: str) -> None:
    """The table of AWS's guide. See: the module's documentation page."""
    api = _api("$default", "ANY /{proxy+}", "GET /pets/{proxy+}", "GET /pets/dog/{id}", "GET /pets/dog/1")
    matched = match_route(api, http_method, path)
    assert matched is not None
    assert matched.route.route_key == expected


def test_the_named_method_comes_before_any_and_variables_are_decoded() -> None:
    matched = match_route(_api("ANY /notes/{noteId}", "GET /notes/{noteId}"), "GET", "/notes/a%2Fb")
    assert matched is not None
    assert (matched.route.route_key, matched.path_parameters) == ("GET /notes/{noteId}", {"noteId": "a/b"})


def test_without_a_default_route_nothing_may_match() -> None:
    assert match_route(_api("GET /notes"), "POST", "/notes") is None
    assert match_route(_api("GET /notes"), "GET", "/notes/1") is None
