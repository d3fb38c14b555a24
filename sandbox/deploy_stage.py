"""The deployer's stage: its settings, log groups, usage plans and keys.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-stages.html
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import Any

from gateway.rest_api import MethodSettings, Stage, UsagePlan
from sandbox.deploy_lambda import AwsClients, ensure_role
from sandbox.deploy_rest_api import Builder, creating, given

logger = logging.getLogger(__name__)

_LOGS_ROLE = "stageproof-apigateway-logs"


def create_stage_with_settings(builder: Builder, stage: Stage, deployment_id: str) -> None:
    """Create a stage of a deployment, then set what CreateStage does not take."""
    canary = stage.canary_settings
    parameters = given(
        description=stage.description,
        variables=dict(stage.variables),
        cacheClusterEnabled=stage.cache_cluster_enabled or None,
        cacheClusterSize=stage.cache_cluster_size,
        tracingEnabled=stage.tracing_enabled or None,
        tags=dict(stage.tags),
        canarySettings=given(
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
        "caching/unauthorizedCacheControlHeaderStrategy": (
            settings.unauthorized_cache_control_header_strategy,
            default.unauthorized_cache_control_header_strategy,
        ),
    }
    yield from every.items()
    yield from ((name, value) for name, (value, usual) in some.items() if value != usual)


def create_usage_plans(builder: Builder, stage_name: str, usage_plans: Sequence[UsagePlan]) -> dict[str, str]:
    """Create usage plans with their keys; return the keys' values by name."""
    values: dict[str, str] = {}
    for plan in usage_plans:
        with creating(f"the usage plan {plan.name!r}"):
            created = builder.client.create_usage_plan(name=plan.name, **_plan_parameters(builder, stage_name, plan))
            for key in plan.api_keys:
                held = builder.client.create_api_key(name=key.name, enabled=key.enabled, **given(value=key.value))
                values[key.name] = held["value"]
                builder.client.create_usage_plan_key(usagePlanId=created["id"], keyId=held["id"], keyType="API_KEY")
    return values


def _plan_parameters(builder: Builder, stage_name: str, plan: UsagePlan) -> dict[str, Any]:
    throttles = {
        path: {"rateLimit": throttle.rate_limit, "burstLimit": throttle.burst_limit}
        for path, throttle in plan.method_throttles.items()
    }
    throttle = plan.throttle
    quota = plan.quota
    return given(
        apiStages=[{"apiId": builder.rest_api_id, "stage": stage_name, **given(throttle=throttles)}],
        throttle={"rateLimit": throttle.rate_limit, "burstLimit": throttle.burst_limit} if throttle else None,
        quota={"limit": quota.limit, "period": quota.period, "offset": quota.offset} if quota else None,
    )


def prepare_logs(stage: Stage, clients: AwsClients) -> None:
    """Create the access log's group, and the account's role where logs are wanted and none may be written."""
    if stage.access_log_settings is not None and ":log-group:" in stage.access_log_settings.destination_arn:
        create_log_group(stage.access_log_settings.log_group_name, clients)
    client = clients.get("apigateway")
    with creating("the account's role for CloudWatch logs"):
        if not _logs(stage) or client.get_account().get("cloudwatchRoleArn"):
            return
        arn = ensure_role(_LOGS_ROLE, "apigateway.amazonaws.com", clients)
        client.update_account(patchOperations=[{"op": "replace", "path": "/cloudwatchRoleArn", "value": arn}])


def prepare_execution_log(rest_api_id: str, stage: Stage, clients: AwsClients) -> None:
    """Create the execution log's group, as API Gateway does once logging is on."""
    if any(settings.logging_level != "OFF" for settings in stage.method_settings.values()):
        create_log_group(f"API-Gateway-Execution-Logs_{rest_api_id}/{stage.stage_name}", clients)


def _logs(stage: Stage) -> bool:
    levels = (settings.logging_level for settings in stage.method_settings.values())
    return stage.access_log_settings is not None or any(level != "OFF" for level in levels)


def create_log_group(log_group_name: str, clients: AwsClients) -> None:
    """Create a log group, unless it is there."""
    client = clients.get("logs")
    with creating(f"the log group {log_group_name!r}"):
        try:
            client.create_log_group(logGroupName=log_group_name)
        except client.exceptions.ResourceAlreadyExistsException:
            logger.debug("the log group %s is there", log_group_name)
