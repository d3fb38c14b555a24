"""The deployer: a REST API created resource by resource through AWS's public API, on any AWS-compatible endpoint.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-create-api.html
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml
from botocore.exceptions import BotoCoreError, ClientError

from gateway import control_plane, openapi
from gateway.errors import StageproofError
from gateway.rest_api import (
    AccessLogSettings,
    ApiKey,
    Authorizer,
    Integration,
    IntegrationResponse,
    Method,
    MethodSettings,
    Resource,
    RestApi,
    Stage,
    UsagePlan,
)
from sandbox.deploy_lambda import AwsClients, LambdaSource, deploy_function, ensure_role

logger = logging.getLogger(__name__)

__all__ = ["AwsClients", "Deployed", "LambdaSource", "deploy", "deploy_openapi", "observed_stage"]

ACCESS_LOG_FORMAT = json.dumps(
    {
        "requestId": "$context.requestId",
        "extendedRequestId": "$context.extendedRequestId",
        "ip": "$context.identity.sourceIp",
        "requestTime": "$context.requestTime",
        "httpMethod": "$context.httpMethod",
        "resourcePath": "$context.resourcePath",
        "path": "$context.path",
        "status": "$context.status",
        "protocol": "$context.protocol",
        "responseLength": "$context.responseLength",
        "responseLatency": "$context.responseLatency",
        "integrationLatency": "$context.integrationLatency",
        "integrationStatus": "$context.integrationStatus",
        "errorResponseType": "$context.error.responseType",
        "xrayTraceId": "$context.xrayTraceId",
    }
)
_LOGS_ROLE = "stageproof-apigateway-logs"


class DeployError(StageproofError):
    """AWS refused a part of the deployment."""

    slug = "deploy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """A deployed API. ``api_key_values`` maps the names of its API keys to their values."""

    rest_api_id: str
    stage_name: str
    deployment_id: str
    invoke_url: str
    api_key_values: Mapping[str, str] = field(default_factory=dict, repr=False)
    function_arns: Mapping[str, str] = field(default_factory=dict)


def deploy(
    api: RestApi,
    *,
    clients: AwsClients,
    stage: Stage,
    usage_plans: Sequence[UsagePlan] = (),
    lambdas: Mapping[str, LambdaSource] | None = None,
) -> Deployed:
    """Create an API with everything it refers to, deploy it to a stage, and give its usage plans and keys.

    Args:
        api: The API. Its identifiers are ignored; addresses of the ``lambdas`` get the account and Region they have.
        clients: Where to deploy.
        stage: The stage. ``deployment_id`` is ignored.
        usage_plans: Plans to create for the stage, with keys; a key without a value gets one.
        lambdas: The functions to create, by name.

    Raises:
        DeployError: If AWS refuses a part; the message names it.
    """
    functions = {name: deploy_function(name, source, clients) for name, source in (lambdas or {}).items()}
    api = with_functions(api, functions)
    _prepare_logs(stage, clients)
    builder = _Builder(api=api, client=clients.get("apigateway"), rest_api_id=_create_rest_api(api, clients))
    builder.build()
    deployment_id = builder.deploy()
    _create_stage(builder, stage, deployment_id)
    _prepare_execution_log(builder.rest_api_id, stage, clients)
    for function_arn in functions.values():
        _permit(function_arn, builder.rest_api_id, clients)
    return Deployed(
        rest_api_id=builder.rest_api_id,
        stage_name=stage.stage_name,
        deployment_id=deployment_id,
        invoke_url=invoke_url(builder.rest_api_id, stage.stage_name, clients),
        api_key_values=_create_usage_plans(builder, stage.stage_name, usage_plans),
        function_arns=functions,
    )


def invoke_url(rest_api_id: str, stage_name: str, clients: AwsClients) -> str:
    """Return where a stage answers: below the endpoint URL where there is one, else at AWS."""
    if clients.endpoint_url:
        return f"{clients.endpoint_url.rstrip('/')}/restapis/{rest_api_id}/{stage_name}/_user_request_"
    return f"https://{rest_api_id}.execute-api.{clients.region}.amazonaws.com/{stage_name}"


def observed_stage(stage_name: str, *, log_group_name: str, clients: AwsClients, **settings: Any) -> Stage:
    """Return a stage with every observation on: execution log, access log, detailed metrics and tracing.

    Args:
        stage_name: The name.
        log_group_name: The group of the access log.
        clients: Whose account and Region the group is in.
        settings: More fields of the stage (``variables``).
    """
    arn = f"arn:aws:logs:{clients.region}:{clients.account_id()}:log-group:{log_group_name}"
    every = MethodSettings(metrics_enabled=True, logging_level="INFO", data_trace_enabled=True)
    access_log = AccessLogSettings(destination_arn=arn, log_format=ACCESS_LOG_FORMAT)
    observed = Stage(stage_name=stage_name, method_settings={"*/*": every}, access_log_settings=access_log)
    return replace(observed, tracing_enabled=True, **settings)


def deploy_openapi(
    path: Path,
    *,
    clients: AwsClients,
    stage_name: str,
    lambdas: Mapping[str, LambdaSource] | None = None,
    variables: Mapping[str, str] | None = None,
) -> Deployed:
    """Deploy an OpenAPI document with every observation on; an API that asks for API keys gets a usage plan and a key.

    Args:
        path: The document, YAML or JSON.
        clients: Where to deploy.
        stage_name: The stage to create.
        lambdas: The functions to create, by name.
        variables: The stage's variables.

    Raises:
        StageproofError: If the document cannot be read, or AWS refuses a part.
    """
    read = openapi.read(load_document(path))
    for warning in read.warnings:
        logger.warning("%s: %s", path, warning)
    api = read.rest_api
    plan_name = f"{api.name}-{stage_name}"
    keyed = any(method.api_key_required for resource in api.resources for method in resource.methods)
    key = ApiKey(api_key_id="", name=plan_name)
    stage = observed_stage(
        stage_name,
        log_group_name=f"/aws/apigateway/{plan_name}",
        clients=clients,
        variables=dict(variables or {}),
    )
    return deploy(
        api,
        clients=clients,
        stage=stage,
        usage_plans=[UsagePlan(usage_plan_id="", name=plan_name, api_keys=(key,))] if keyed else [],
        lambdas=lambdas,
    )


def load_document(path: Path) -> dict[str, Any]:
    """Return a YAML or JSON document.

    Raises:
        StageproofError: If it cannot be read, or is not a mapping.
    """
    try:
        text = path.read_text(encoding="utf-8")
        document = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
    except OSError as error:
        raise StageproofError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, yaml.YAMLError) as error:
        raise StageproofError(f"{path}: is neither JSON nor YAML: {' '.join(str(error).split())}") from error
    if not isinstance(document, dict):
        raise StageproofError(f"{path}: must hold an OpenAPI document, not {type(document).__name__}")
    return document


def with_functions(api: RestApi, functions: Mapping[str, str]) -> RestApi:
    """Return the API with the addresses of these functions (name to ARN) in place of those of other accounts."""

    def moved(uri: str | None) -> str | None:
        held = control_plane.function_name(uri)
        return control_plane.invocation_uri(functions[held]) if held and held in functions else uri

    resources = tuple(
        replace(
            resource,
            methods=tuple(
                replace(method, integration=replace(method.integration, uri=moved(method.integration.uri)))
                if method.integration
                else method
                for method in resource.methods
            ),
        )
        for resource in api.resources
    )
    authorizers = {name: replace(each, uri=moved(each.uri)) for name, each in api.authorizers.items()}
    return replace(api, resources=resources, authorizers=authorizers)


@contextmanager
def creating(what: str) -> Iterator[None]:
    """Say what AWS refused, in one line."""
    try:
        yield
    except ClientError as error:
        told = error.response.get("Error", {})
        message = f"AWS refused {what}: {told.get('Code')}: {told.get('Message')} ({error.operation_name})"
        raise DeployError(" ".join(message.split())) from error
    except BotoCoreError as error:
        raise DeployError(f"{what} could not be created: {' '.join(str(error).split())}") from error


def _create_rest_api(api: RestApi, clients: AwsClients) -> str:
    endpoint = {"types": list(api.endpoint_types), "vpcEndpointIds": list(api.vpc_endpoint_ids)}
    parameters = _given(
        name=api.name,
        description=api.description,
        version=api.version,
        binaryMediaTypes=list(api.binary_media_types),
        minimumCompressionSize=api.minimum_compression_size_bytes,
        apiKeySource=api.api_key_source.value,
        endpointConfiguration=_given(**endpoint),
        policy=api.policy,
        tags=dict(api.tags),
        disableExecuteApiEndpoint=api.disable_execute_api_endpoint or None,
    )
    with creating(f"the REST API {api.name!r}"):
        return str(clients.get("apigateway").create_rest_api(**parameters)["id"])


def _given(**parameters: Any) -> dict[str, Any]:
    """Return the parameters that say something."""
    return {name: value for name, value in parameters.items() if value is not None and value not in ({}, [], ())}


@dataclass(kw_only=True)
class _Builder:
    """Creates the parts of one REST API, and remembers their identifiers by name."""

    api: RestApi
    client: Any
    rest_api_id: str
    validator_ids: dict[str, str] = field(default_factory=dict)
    authorizer_ids: dict[str, str] = field(default_factory=dict)
    resource_ids: dict[str, str] = field(default_factory=dict)

    def build(self) -> None:
        """Create everything that a deployment freezes."""
        self._models()
        for name, validator in self.api.request_validators.items():
            with creating(f"the request validator {name!r}"):
                created = self.client.create_request_validator(
                    restApiId=self.rest_api_id,
                    name=name,
                    validateRequestBody=validator.validate_request_body,
                    validateRequestParameters=validator.validate_request_parameters,
                )
            self.validator_ids[name] = created["id"]
        for authorizer in self.api.authorizers.values():
            self._authorizer(authorizer)
        self._resources()
        for resource in self.api.resources:
            for method in resource.methods:
                self._method(resource, method)
        self._gateway_responses()

    def deploy(self) -> str:
        """Create the deployment."""
        with creating("the deployment"):
            return str(self.client.create_deployment(restApiId=self.rest_api_id)["id"])

    def _models(self) -> None:
        """Create the models, referred ones first; those that API Gateway made by itself make way."""
        for page in self.client.get_paginator("get_models").paginate(restApiId=self.rest_api_id):
            for model in page["items"]:
                self.client.delete_model(restApiId=self.rest_api_id, modelName=model["name"])
        for name in models_in_order(self.api):
            model = self.api.models[name]
            with creating(f"the model {name!r}"):
                self.client.create_model(
                    restApiId=self.rest_api_id,
                    name=name,
                    contentType=model.content_type,
                    schema=control_plane.schema_for(model.schema, self.rest_api_id),
                    **_given(description=model.description),
                )

    def _authorizer(self, authorizer: Authorizer) -> None:
        parameters = _given(
            providerARNs=list(authorizer.provider_arns),
            authType=authorizer.authentication_type,
            authorizerUri=authorizer.uri,
            authorizerCredentials=authorizer.credentials,
            identitySource=authorizer.identity_source,
            identityValidationExpression=authorizer.identity_validation_expression,
            authorizerResultTtlInSeconds=authorizer.result_ttl_s,
        )
        with creating(f"the authorizer {authorizer.name!r}"):
            created = self.client.create_authorizer(
                restApiId=self.rest_api_id,
                name=authorizer.name,
                type=authorizer.authorizer_type.value,
                **parameters,
            )
        self.authorizer_ids[authorizer.name] = created["id"]

    def _resources(self) -> None:
        pages = self.client.get_paginator("get_resources").paginate(restApiId=self.rest_api_id)
        self.resource_ids = {item["path"]: item["id"] for page in pages for item in page["items"]}
        for path in sorted({part for resource in self.api.resources for part in ancestry(resource.path)}):
            if path in self.resource_ids:
                continue
            parent, _, part = path.rpartition("/")
            with creating(f"the resource {path}"):
                created = self.client.create_resource(
                    restApiId=self.rest_api_id, parentId=self.resource_ids[parent or "/"], pathPart=part
                )
            self.resource_ids[path] = created["id"]

    def _method(self, resource: Resource, method: Method) -> None:
        named = f"{method.http_method} {resource.path}"
        where = {
            "restApiId": self.rest_api_id,
            "resourceId": self.resource_ids[resource.path],
            "httpMethod": method.http_method,
        }
        parameters = _given(
            authorizerId=_identifier(self.authorizer_ids, method.authorizer_name, f"{named}: the authorizer"),
            requestValidatorId=_identifier(
                self.validator_ids, method.request_validator_name, f"{named}: the request validator"
            ),
            authorizationScopes=list(method.authorization_scopes),
            operationName=method.operation_name,
            requestParameters=dict(method.request_parameters),
            requestModels=dict(method.request_models),
        )
        with creating(f"the method {named}"):
            self.client.put_method(
                **where,
                authorizationType=method.authorization_type.value,
                apiKeyRequired=method.api_key_required,
                **parameters,
            )
            for response in method.method_responses:
                self.client.put_method_response(
                    **where,
                    statusCode=response.status_code,
                    responseParameters=dict(response.response_parameters),
                    responseModels=dict(response.response_models),
                )
        if method.integration is not None:
            self._integration(method.integration, where, named)

    def _integration(self, integration: Integration, where: Mapping[str, str], named: str) -> None:
        parameters = _given(
            integrationHttpMethod=integration.http_method,
            uri=integration.uri,
            credentials=integration.credentials,
            connectionType=integration.connection_type.value if integration.connection_id else None,
            connectionId=integration.connection_id,
            requestParameters=dict(integration.request_parameters),
            requestTemplates=dict(integration.request_templates),
            contentHandling=integration.content_handling and integration.content_handling.value,
            cacheNamespace=integration.cache_namespace,
            cacheKeyParameters=list(integration.cache_key_parameters),
            tlsConfig={"insecureSkipVerification": True} if integration.insecure_skip_verification else None,
        )
        with creating(f"the integration of {named}"):
            self.client.put_integration(
                **where,
                type=integration.integration_type.value,
                passthroughBehavior=integration.passthrough_behavior.value,
                timeoutInMillis=integration.timeout_ms,
                **parameters,
            )
            for response in integration.integration_responses:
                self.client.put_integration_response(**where, **_integration_response(response))

    def _gateway_responses(self) -> None:
        for response in self.api.gateway_responses.values():
            with creating(f"the gateway response {response.response_type}"):
                self.client.put_gateway_response(
                    restApiId=self.rest_api_id,
                    responseType=response.response_type.value,
                    responseParameters=dict(response.response_parameters),
                    responseTemplates=dict(response.response_templates),
                    **_given(statusCode=response.status_code),
                )


def _integration_response(response: IntegrationResponse) -> dict[str, Any]:
    return {
        "statusCode": response.status_code,
        "responseParameters": dict(response.response_parameters),
        "responseTemplates": dict(response.response_templates),
        **_given(
            selectionPattern=response.selection_pattern,
            contentHandling=response.content_handling and response.content_handling.value,
        ),
    }


def _identifier(identifiers: Mapping[str, str], name: str | None, what: str) -> str | None:
    if name is None or name in identifiers:
        return None if name is None else identifiers[name]
    known = ", ".join(sorted(identifiers)) or "none"
    raise DeployError(f"{what} {name!r} is not one of the API's ({known}); define it or drop the reference")


def ancestry(path: str) -> list[str]:
    """Return a path and the paths above it, without the root (``/users/{id}``: ``/users``, ``/users/{id}``)."""
    parts = [part for part in path.split("/") if part]
    return ["/" + "/".join(parts[: count + 1]) for count in range(len(parts))]


def models_in_order(api: RestApi) -> list[str]:
    """Return the names of an API's models, each after those it refers to (a circle stays in order of names)."""
    prefix = control_plane.MODEL_URL.format(rest_api_id="api")
    needs = {
        name: {other for other in api.models if other != name and f'"{prefix}{other}"' in model.schema}
        for name, model in api.models.items()
    }
    ordered: list[str] = []
    while needs:
        ready = sorted(name for name, others in needs.items() if not others & needs.keys()) or [min(needs)]
        ordered += ready
        for name in ready:
            del needs[name]
    return ordered


def _create_stage(builder: _Builder, stage: Stage, deployment_id: str) -> None:
    canary = stage.canary_settings
    parameters = _given(
        description=stage.description,
        variables=dict(stage.variables),
        cacheClusterEnabled=stage.cache_cluster_enabled or None,
        cacheClusterSize=stage.cache_cluster_size,
        tracingEnabled=stage.tracing_enabled or None,
        tags=dict(stage.tags),
        canarySettings=_given(
            percentTraffic=canary.percent_traffic,
            deploymentId=canary.deployment_id,
            stageVariableOverrides=dict(canary.stage_variable_overrides),
            useStageCache=canary.use_stage_cache,
        )
        if canary
        else None,
    )
    with creating(f"the stage {stage.stage_name!r}"):
        builder.client.create_stage(
            restApiId=builder.rest_api_id, stageName=stage.stage_name, deploymentId=deployment_id, **parameters
        )
        operations = [{"op": "replace", "path": path, "value": value} for path, value in stage_patches(stage)]
        if operations:
            builder.client.update_stage(
                restApiId=builder.rest_api_id, stageName=stage.stage_name, patchOperations=operations
            )


def stage_patches(stage: Stage) -> Iterator[tuple[str, str]]:
    """Yield path and value of each setting that CreateStage does not take.

    See: https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html#UpdateStage-Patch
    """
    if stage.access_log_settings is not None:
        yield "/accessLogSettings/destinationArn", stage.access_log_settings.destination_arn
        yield "/accessLogSettings/format", stage.access_log_settings.log_format
    for key, settings in stage.method_settings.items():
        path, _, http_method = key.rpartition("/")
        prefix = "/*/*" if key == "*/*" else f"/{path.replace('~', '~0').replace('/', '~1')}/{http_method}"
        for name, value in _setting_patches(settings):
            yield f"{prefix}/{name}", str(value).lower() if isinstance(value, bool) else str(value)


def _setting_patches(settings: MethodSettings) -> Iterator[tuple[str, object]]:
    default = MethodSettings()
    every = {
        "logging/loglevel": settings.logging_level,
        "logging/dataTrace": settings.data_trace_enabled,
        "metrics/enabled": settings.metrics_enabled,
    }
    some = {
        "throttling/burstLimit": (settings.throttling_burst_limit, default.throttling_burst_limit),
        "throttling/rateLimit": (settings.throttling_rate_limit, default.throttling_rate_limit),
        "caching/enabled": (settings.caching_enabled, default.caching_enabled),
        "caching/ttlInSeconds": (settings.cache_ttl_s, default.cache_ttl_s),
        "caching/dataEncrypted": (settings.cache_data_encrypted, default.cache_data_encrypted),
        "caching/requireAuthorizationForCacheControl": (
            settings.require_authorization_for_cache_control,
            default.require_authorization_for_cache_control,
        ),
    }
    yield from every.items()
    yield from ((name, value) for name, (value, usual) in some.items() if value != usual)


def _create_usage_plans(builder: _Builder, stage_name: str, usage_plans: Sequence[UsagePlan]) -> dict[str, str]:
    """Create usage plans with their keys; return the keys' values by name."""
    values: dict[str, str] = {}
    for plan in usage_plans:
        with creating(f"the usage plan {plan.name!r}"):
            created = builder.client.create_usage_plan(name=plan.name, **_plan_parameters(builder, stage_name, plan))
            for key in plan.api_keys:
                held = builder.client.create_api_key(name=key.name, enabled=key.enabled, **_given(value=key.value))
                values[key.name] = held["value"]
                builder.client.create_usage_plan_key(usagePlanId=created["id"], keyId=held["id"], keyType="API_KEY")
    return values


def _plan_parameters(builder: _Builder, stage_name: str, plan: UsagePlan) -> dict[str, Any]:
    throttles = {
        path: {"rateLimit": throttle.rate_limit, "burstLimit": throttle.burst_limit}
        for path, throttle in plan.method_throttles.items()
    }
    throttle = plan.throttle
    quota = plan.quota
    return _given(
        apiStages=[{"apiId": builder.rest_api_id, "stage": stage_name, **_given(throttle=throttles)}],
        throttle={"rateLimit": throttle.rate_limit, "burstLimit": throttle.burst_limit} if throttle else None,
        quota={"limit": quota.limit, "period": quota.period, "offset": quota.offset} if quota else None,
    )


def _prepare_logs(stage: Stage, clients: AwsClients) -> None:
    """Create the access log's group, and the account's role where logs are wanted and none may be written."""
    if stage.access_log_settings is not None and ":log-group:" in stage.access_log_settings.destination_arn:
        _create_log_group(stage.access_log_settings.log_group_name, clients)
    client = clients.get("apigateway")
    with creating("the account's role for CloudWatch logs"):
        if not _logs(stage) or client.get_account().get("cloudwatchRoleArn"):
            return
        arn = ensure_role(_LOGS_ROLE, "apigateway.amazonaws.com", clients)
        client.update_account(patchOperations=[{"op": "replace", "path": "/cloudwatchRoleArn", "value": arn}])


def _prepare_execution_log(rest_api_id: str, stage: Stage, clients: AwsClients) -> None:
    """Create the execution log's group, as API Gateway does once logging is on."""
    if any(settings.logging_level != "OFF" for settings in stage.method_settings.values()):
        _create_log_group(f"API-Gateway-Execution-Logs_{rest_api_id}/{stage.stage_name}", clients)


def _logs(stage: Stage) -> bool:
    levels = (settings.logging_level for settings in stage.method_settings.values())
    return stage.access_log_settings is not None or any(level != "OFF" for level in levels)


def _create_log_group(log_group_name: str, clients: AwsClients) -> None:
    client = clients.get("logs")
    with creating(f"the log group {log_group_name!r}"):
        try:
            client.create_log_group(logGroupName=log_group_name)
        except client.exceptions.ResourceAlreadyExistsException:
            logger.debug("the log group %s is there", log_group_name)


def _permit(function_arn: str, rest_api_id: str, clients: AwsClients) -> None:
    """Let the API invoke a function."""
    source = f"arn:aws:execute-api:{clients.region}:{clients.account_id()}:{rest_api_id}/*"
    with creating(f"the permission to invoke {function_arn}"):
        clients.get("lambda").add_permission(
            FunctionName=function_arn,
            StatementId=f"apigateway-{rest_api_id}",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            SourceArn=source,
        )
