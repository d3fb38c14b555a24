"""The deployer of HTTP APIs: created part by part through version 2 of AWS's public API, on any endpoint.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from gateway import control_plane
from gateway.http_api import (
    DEFAULT_STAGE_NAME,
    CorsConfiguration,
    HttpApi,
    HttpApiAuthorizer,
    HttpApiAuthorizerType,
    HttpApiStage,
    HttpIntegration,
    RouteSettings,
)
from gateway.rest_api import AccessLogSettings
from sandbox.deploy import Deployed
from sandbox.deploy_lambda import AwsClients, LambdaSource, deploy_function
from sandbox.deploy_rest_api import creating, given
from sandbox.deploy_stage import create_log_group

ACCESS_LOG_FORMAT = json.dumps(
    {
        name: f"$context.{variable}"
        for name, variable in {
            "requestId": "requestId",
            "ip": "identity.sourceIp",
            "requestTime": "requestTime",
            "httpMethod": "httpMethod",
            "routeKey": "routeKey",
            "path": "path",
            "status": "status",
            "protocol": "protocol",
            "responseLength": "responseLength",
            "responseLatency": "responseLatency",
            "integrationLatency": "integrationLatency",
            "integrationStatus": "integrationStatus",
            "error": "error.message",
            "integrationError": "integrationErrorMessage",
        }.items()
    }
)


def observed_http_stage(
    stage_name: str, *, log_group_name: str, clients: AwsClients, rate_limit: float
) -> HttpApiStage:
    """Return a stage with every observation that HTTP APIs offer: access log and detailed metrics.

    Args:
        stage_name: The name, or ``$default``.
        log_group_name: The group of the access log.
        clients: Whose account and Region the group is in.
        rate_limit: The throttle in requests a second.
    """
    arn = f"arn:aws:logs:{clients.region}:{clients.account_id()}:log-group:{log_group_name}"
    settings = RouteSettings(
        detailed_metrics_enabled=True, throttling_rate_limit=rate_limit, throttling_burst_limit=int(rate_limit)
    )
    return HttpApiStage(
        stage_name=stage_name,
        auto_deploy=True,
        default_route_settings=settings,
        access_log_settings=AccessLogSettings(destination_arn=arn, log_format=ACCESS_LOG_FORMAT),
    )


def deploy_http_api(
    api: HttpApi, *, clients: AwsClients, stage: HttpApiStage, lambdas: Mapping[str, LambdaSource] | None = None
) -> Deployed:
    """Create an HTTP API with everything it refers to.

    Args:
        api: The API. Its identifiers are ignored; addresses of the ``lambdas`` get the account and Region they have.
        clients: Where to deploy.
        stage: The stage.
        lambdas: The functions to create, by name.

    Raises:
        DeployError: If AWS refuses a part; the message names it.
    """
    functions = {name: deploy_function(name, source, clients) for name, source in (lambdas or {}).items()}
    client = clients.get("apigatewayv2")
    cors = _cors(api.cors_configuration) if api.cors_configuration else None
    with creating(f"the HTTP API {api.name!r}"):
        created = client.create_api(
            Name=api.name,
            ProtocolType="HTTP",
            **given(Description=api.description, Version=api.version, CorsConfiguration=cors, Tags=dict(api.tags)),
        )
    builder = _Builder(client=client, http_api_id=created["ApiId"], functions=functions)
    builder.routes(api)
    if stage.access_log_settings is not None:
        create_log_group(stage.access_log_settings.log_group_name, clients)
    with creating(f"the stage {stage.stage_name!r}"):
        client.create_stage(ApiId=builder.http_api_id, **_stage(stage))
    for function_arn in functions.values():
        _permit(function_arn, builder.http_api_id, clients)
    return Deployed(
        rest_api_id="",
        http_api_id=builder.http_api_id,
        stage_name=stage.stage_name,
        deployment_id="",
        invoke_url=_invoke_url(builder.http_api_id, stage.stage_name, clients),
        function_arns=functions,
    )


def _invoke_url(http_api_id: str, stage_name: str, clients: AwsClients) -> str:
    """Return where a stage answers: below the endpoint URL where there is one, else at AWS."""
    if clients.endpoint_url:
        return f"{clients.endpoint_url.rstrip('/')}/_aws/execute-api/{http_api_id}/{stage_name}"
    url = f"https://{http_api_id}.execute-api.{clients.region}.amazonaws.com"
    return url if stage_name == DEFAULT_STAGE_NAME else f"{url}/{stage_name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Builder:
    client: Any
    http_api_id: str
    functions: Mapping[str, str]

    def routes(self, api: HttpApi) -> None:
        """Create authorizers, each integration once, and routes."""
        authorizers = {name: self._authorizer(item) for name, item in api.authorizers.items()}
        integrations: list[tuple[HttpIntegration, str]] = []
        for route in api.routes:
            target = None
            if route.integration is not None:
                known = next((made for item, made in integrations if item == route.integration), None)
                target = known or self._integration(route.integration)
                integrations.append((route.integration, target))
            parameters = given(
                Target=f"integrations/{target}" if target else None,
                AuthorizationType=route.authorization_type.value,
                AuthorizerId=authorizers.get(route.authorizer_name or ""),
                AuthorizationScopes=list(route.authorization_scopes),
                OperationName=route.operation_name,
            )
            with creating(f"the route {route.route_key!r}"):
                self.client.create_route(ApiId=self.http_api_id, RouteKey=route.route_key, **parameters)

    def _integration(self, integration: HttpIntegration) -> str:
        moved = replace(integration, integration_uri=self._moved(integration.integration_uri))
        parameters = given(
            IntegrationMethod=moved.integration_method,
            IntegrationUri=moved.integration_uri,
            PayloadFormatVersion=moved.payload_format_version.value,
            ConnectionType=moved.connection_type.value,
            ConnectionId=moved.connection_id,
            TimeoutInMillis=moved.timeout_ms,
            RequestParameters=dict(moved.request_parameters),
            ResponseParameters={status: dict(values) for status, values in moved.response_parameters.items()},
            TlsConfig={"ServerNameToVerify": moved.tls_config.server_name_to_verify} if moved.tls_config else None,
        )
        with creating(f"the integration with {moved.integration_uri}"):
            made = self.client.create_integration(
                ApiId=self.http_api_id, IntegrationType=moved.integration_type.value, **parameters
            )
        return str(made["IntegrationId"])

    def _authorizer(self, authorizer: HttpApiAuthorizer) -> str:
        is_token = authorizer.authorizer_type is HttpApiAuthorizerType.JWT
        token = given(Issuer=authorizer.jwt_issuer, Audience=list(authorizer.jwt_audience))
        parameters = (
            given(JwtConfiguration=token)
            if is_token
            else given(
                AuthorizerUri=self._moved(authorizer.authorizer_uri),
                AuthorizerPayloadFormatVersion=authorizer.authorizer_payload_format_version.value,
                AuthorizerResultTtlInSeconds=authorizer.result_ttl_s,
                EnableSimpleResponses=authorizer.enable_simple_responses,
            )
        )
        with creating(f"the authorizer {authorizer.name!r}"):
            made = self.client.create_authorizer(
                ApiId=self.http_api_id,
                Name=authorizer.name,
                AuthorizerType=authorizer.authorizer_type.value,
                IdentitySource=list(authorizer.identity_source),
                **parameters,
            )
        return str(made["AuthorizerId"])

    def _moved(self, uri: str | None) -> str | None:
        """Return the address of a function of this account in place of another's."""
        held = control_plane.function_name(uri) if uri else None
        return control_plane.invocation_uri(self.functions[held]) if held and held in self.functions else uri


def _cors(cors: CorsConfiguration) -> dict[str, Any]:
    return given(
        AllowOrigins=list(cors.allow_origins),
        AllowMethods=list(cors.allow_methods),
        AllowHeaders=list(cors.allow_headers),
        ExposeHeaders=list(cors.expose_headers),
        AllowCredentials=cors.allow_credentials or None,
        MaxAge=cors.max_age_s,
    )


def _stage(stage: HttpApiStage) -> dict[str, Any]:
    log, settings = stage.access_log_settings, stage.default_route_settings
    return given(
        StageName=stage.stage_name,
        AutoDeploy=stage.auto_deploy,
        Description=stage.description,
        StageVariables=dict(stage.stage_variables),
        AccessLogSettings={"DestinationArn": log.destination_arn, "Format": log.log_format} if log else None,
        DefaultRouteSettings=given(
            DetailedMetricsEnabled=settings.detailed_metrics_enabled,
            ThrottlingBurstLimit=settings.throttling_burst_limit,
            ThrottlingRateLimit=settings.throttling_rate_limit,
        ),
    )


def _permit(function_arn: str, http_api_id: str, clients: AwsClients) -> None:
    """Let the API invoke a function."""
    with creating(f"the permission to invoke {function_arn}"):
        clients.get("lambda").add_permission(
            FunctionName=function_arn,
            StatementId=f"apigateway-{http_api_id}",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            SourceArn=f"arn:aws:execute-api:{clients.region}:{clients.account_id()}:{http_api_id}/*",
        )
