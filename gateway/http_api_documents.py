"""The documents of API Gateway's control plane, version 2, as dataclasses of an HTTP API.

Pure functions. boto3 spells the members in PascalCase (``RouteKey``), the wire in camelCase (``routeKey``): both are
read, so that the configuration collector and the sandbox share one reader.

See: https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/operations.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.http_api import (
    DEFAULT_TIMEOUT_MS,
    CorsConfiguration,
    HttpApi,
    HttpApiAuthorizer,
    HttpApiAuthorizerType,
    HttpApiStage,
    HttpIntegration,
    PayloadFormatVersion,
    Route,
    RouteAuthorizationType,
    RouteSettings,
    TlsConfig,
)
from gateway.rest_api import AccessLogSettings, ConnectionType, IntegrationType

Document = Mapping[str, Any]

_AUTHORIZED = frozenset({RouteAuthorizationType.CUSTOM, RouteAuthorizationType.JWT})
_TARGET_PREFIX = "integrations/"


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpApiDocuments:
    """All documents of one HTTP API, as the control plane returns them (``Items`` of every page joined)."""

    api: Document
    routes: tuple[Document, ...] = ()
    integrations: tuple[Document, ...] = ()
    authorizers: tuple[Document, ...] = ()


def http_api(documents: HttpApiDocuments) -> HttpApi:
    """Return the API. An integration that no route calls is left out."""
    document = documents.api
    integrations = {str(member(item, "integrationId")): integration(item) for item in documents.integrations}
    authorizers = {str(member(item, "authorizerId")): authorizer(item) for item in documents.authorizers}
    cors = member(document, "corsConfiguration")
    return HttpApi(
        name=member(document, "name"),
        description=member(document, "description") or None,
        version=member(document, "version") or None,
        routes=_routes(documents.routes, integrations, authorizers),
        authorizers={item.name: item for item in authorizers.values()},
        cors_configuration=cors_configuration(cors) if cors else None,
        disable_execute_api_endpoint=bool(member(document, "disableExecuteApiEndpoint")),
        tags=dict(member(document, "tags") or {}),
        http_api_id=member(document, "apiId"),
    )


def _routes(
    documents: Iterable[Document],
    integrations: Mapping[str, HttpIntegration],
    authorizers: Mapping[str, HttpApiAuthorizer],
) -> tuple[Route, ...]:
    routes = (_route(item, integrations, authorizers) for item in documents)
    return tuple(sorted(routes, key=lambda route: route.route_key))


def _route(
    document: Document, integrations: Mapping[str, HttpIntegration], authorizers: Mapping[str, HttpApiAuthorizer]
) -> Route:
    authorization_type = RouteAuthorizationType(member(document, "authorizationType") or RouteAuthorizationType.NONE)
    # an id that was left behind by a change of the type is in force for nobody
    authorizer_id = member(document, "authorizerId") if authorization_type in _AUTHORIZED else None
    known = authorizers.get(str(authorizer_id))
    target = str(member(document, "target") or "")
    return Route(
        route_key=member(document, "routeKey"),
        authorization_type=authorization_type,
        authorizer_name=known.name if known else authorizer_id,
        authorization_scopes=tuple(member(document, "authorizationScopes") or ()),
        operation_name=member(document, "operationName") or None,
        integration=integrations.get(target.removeprefix(_TARGET_PREFIX)),
        route_id=member(document, "routeId"),
    )


def integration(document: Document) -> HttpIntegration:
    """Return an integration; one without a payload format version has 1.0."""
    tls = member(document, "tlsConfig")
    return HttpIntegration(
        integration_type=IntegrationType(member(document, "integrationType")),
        integration_method=member(document, "integrationMethod"),
        integration_uri=member(document, "integrationUri"),
        integration_subtype=member(document, "integrationSubtype"),
        payload_format_version=PayloadFormatVersion(
            member(document, "payloadFormatVersion") or PayloadFormatVersion.ONE
        ),
        connection_type=ConnectionType(member(document, "connectionType") or ConnectionType.INTERNET),
        connection_id=member(document, "connectionId"),
        credentials_arn=member(document, "credentialsArn"),
        request_parameters=dict(member(document, "requestParameters") or {}),
        response_parameters={
            status: dict(parameters) for status, parameters in (member(document, "responseParameters") or {}).items()
        },
        timeout_ms=int(member(document, "timeoutInMillis") or DEFAULT_TIMEOUT_MS),
        tls_config=TlsConfig(server_name_to_verify=member(tls, "serverNameToVerify")) if tls is not None else None,
        integration_id=member(document, "integrationId"),
    )


def authorizer(document: Document) -> HttpApiAuthorizer:
    """Return an authorizer."""
    token = member(document, "jwtConfiguration") or {}
    return HttpApiAuthorizer(
        name=member(document, "name"),
        authorizer_type=HttpApiAuthorizerType(member(document, "authorizerType")),
        authorizer_uri=member(document, "authorizerUri"),
        authorizer_payload_format_version=PayloadFormatVersion(
            member(document, "authorizerPayloadFormatVersion") or PayloadFormatVersion.TWO
        ),
        enable_simple_responses=bool(member(document, "enableSimpleResponses")),
        identity_source=tuple(member(document, "identitySource") or ()),
        result_ttl_s=int(member(document, "authorizerResultTtlInSeconds") or 0),
        jwt_issuer=member(token, "issuer"),
        jwt_audience=tuple(member(token, "audience") or ()),
        authorizer_id=member(document, "authorizerId"),
    )


def cors_configuration(document: Document) -> CorsConfiguration:
    """Return a CORS configuration."""
    max_age = member(document, "maxAge")
    return CorsConfiguration(
        allow_origins=tuple(member(document, "allowOrigins") or ()),
        allow_methods=tuple(member(document, "allowMethods") or ()),
        allow_headers=tuple(member(document, "allowHeaders") or ()),
        expose_headers=tuple(member(document, "exposeHeaders") or ()),
        allow_credentials=bool(member(document, "allowCredentials")),
        max_age_s=None if max_age is None else int(max_age),
    )


def stage(document: Document) -> HttpApiStage:
    """Return a stage."""
    access_log = member(document, "accessLogSettings") or {}
    destination = member(access_log, "destinationArn")
    return HttpApiStage(
        stage_name=member(document, "stageName"),
        auto_deploy=bool(member(document, "autoDeploy")),
        deployment_id=member(document, "deploymentId"),
        description=member(document, "description") or None,
        stage_variables=dict(member(document, "stageVariables") or {}),
        default_route_settings=_settings(member(document, "defaultRouteSettings") or {}),
        route_settings={key: _settings(item) for key, item in (member(document, "routeSettings") or {}).items()},
        access_log_settings=AccessLogSettings(destination_arn=destination, log_format=member(access_log, "format"))
        if destination
        else None,
        tags=dict(member(document, "tags") or {}),
    )


def _settings(document: Document) -> RouteSettings:
    return RouteSettings(
        detailed_metrics_enabled=bool(member(document, "detailedMetricsEnabled")),
        throttling_burst_limit=member(document, "throttlingBurstLimit"),
        throttling_rate_limit=member(document, "throttlingRateLimit"),
    )


def member(document: Document, name: str) -> Any:
    """Return a member by its wire name, in either spelling; None where it is not there."""
    return document.get(name, document.get(name[0].upper() + name[1:]))
