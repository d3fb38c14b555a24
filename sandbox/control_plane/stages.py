"""Gap: moto drops canary settings, documentation version and times of a stage, and patches only some of its properties.

See: https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateStage.html
"""

from __future__ import annotations

import time
from typing import Any

from moto.apigateway import models
from moto.apigateway.exceptions import BadRequestException
from moto.apigateway.responses import APIGatewayResponse

from gateway.response_cache import MAX_TTL_S
from gateway.rest_api import UnauthorizedCacheControlHeaderStrategy
from sandbox.control_plane.documents import (
    Kind,
    Operation,
    Property,
    amended,
    apply_operations,
    converted,
    parameters_of,
    parts_of,
    path_of,
)
from sandbox.control_plane.patching import Function, extend

_PROPERTIES = {
    "description": Property(attribute="description"),
    "deploymentId": Property(attribute="deployment_id"),
    "variables": Property(attribute="variables", kind=Kind.TEXTS),
    "accessLogSettings": Property(attribute="access_log_settings", kind=Kind.TEXTS),
    "tracingEnabled": Property(attribute="tracing_enabled", kind=Kind.BOOLEAN),
    "cacheClusterEnabled": Property(attribute="cache_cluster_enabled", kind=Kind.BOOLEAN),
    "cacheClusterSize": Property(attribute="cache_cluster_size"),
    "clientCertificateId": Property(attribute="client_certificate_id"),
    "documentationVersion": Property(attribute="documentation_version"),
    "webAclArn": Property(attribute="web_acl_arn"),
}

_SETTINGS = {
    "metrics/enabled": ("metricsEnabled", Kind.BOOLEAN),
    "logging/loglevel": ("loggingLevel", Kind.TEXT),
    "logging/dataTrace": ("dataTraceEnabled", Kind.BOOLEAN),
    "throttling/burstLimit": ("throttlingBurstLimit", Kind.INTEGER),
    "throttling/rateLimit": ("throttlingRateLimit", Kind.NUMBER),
    "caching/enabled": ("cachingEnabled", Kind.BOOLEAN),
    "caching/ttlInSeconds": ("cacheTtlInSeconds", Kind.INTEGER),
    "caching/dataEncrypted": ("cacheDataEncrypted", Kind.BOOLEAN),
    "caching/requireAuthorizationForCacheControl": ("requireAuthorizationForCacheControl", Kind.BOOLEAN),
    "caching/unauthorizedCacheControlHeaderStrategy": ("unauthorizedCacheControlHeaderStrategy", Kind.TEXT),
}

_DEFAULT_SETTINGS: dict[str, Any] = {
    "metricsEnabled": False,
    "dataTraceEnabled": False,
    "throttlingBurstLimit": 5000,
    "throttlingRateLimit": 10000.0,
    "cachingEnabled": False,
    "cacheTtlInSeconds": 300,
    "cacheDataEncrypted": False,
    "requireAuthorizationForCacheControl": True,
    "unauthorizedCacheControlHeaderStrategy": "SUCCEED_WITH_RESPONSE_HEADER",
}

_CANARY = {"percentTraffic": Kind.NUMBER, "deploymentId": Kind.TEXT, "useStageCache": Kind.BOOLEAN}
_EXTRAS = {
    "canarySettings": "canary_settings",
    "documentationVersion": "documentation_version",
    "clientCertificateId": "client_certificate_id",
    "createdDate": "created_date",
    "lastUpdatedDate": "last_updated_date",
}


def patch_stage(stage: Any, operations: list[Operation]) -> None:
    """Apply patch operations to a stage of moto, as UpdateStage does.

    Raises:
        BadRequestException: A path names no property of a stage.
    """
    for operation in operations:
        path = str(operation["path"])
        parts = path.lstrip("/").split("/", 2)
        if parts[0] == "canarySettings":
            _patch_canary(stage, operation)
        elif len(parts) > 1 and parts[0] not in _PROPERTIES:
            _patch_method_settings(stage, operation, f"{parts[0]}/{parts[1]}", "/".join(parts[2:]))
        else:
            apply_operations(stage, [operation], _PROPERTIES)
    stage.access_log_settings = stage.access_log_settings or None
    stage.cache_cluster_status = "AVAILABLE" if stage.cache_cluster_enabled else "NOT_AVAILABLE"
    stage.last_updated_date = int(time.time())


def _patch_method_settings(stage: Any, operation: Operation, key: str, setting: str) -> None:
    if operation["op"] == "remove":
        stage.method_settings.pop(key, None)
        return
    if setting not in _SETTINGS:
        path, allowed = operation["path"], ", ".join(f"/{key}/{known}" for known in _SETTINGS)
        raise BadRequestException(
            f"Invalid method setting path: {path}. Must be one of: [/deploymentId, /description, {allowed}]"
        )
    name, kind = _SETTINGS[setting]
    _check_setting(name, operation["value"])
    held = stage.method_settings.setdefault(key, dict(_DEFAULT_SETTINGS))
    held[name] = converted(operation["value"], kind)


def _check_setting(name: str, value: Any) -> None:
    """Refuse what API Gateway does not take; the words of its refusals are not confirmed."""
    if name == "cacheTtlInSeconds" and not (str(value).isdecimal() and int(value) <= MAX_TTL_S):
        raise BadRequestException(f"Invalid cache TTL specified: {value}. Must be between 0 and {MAX_TTL_S} seconds")
    strategies = [strategy.value for strategy in UnauthorizedCacheControlHeaderStrategy]
    if name == "unauthorizedCacheControlHeaderStrategy" and value not in strategies:
        raise BadRequestException(f"Invalid value {value} for {name}. Must be one of: [{', '.join(strategies)}]")


def _patch_canary(stage: Any, operation: Operation) -> None:
    _, *rest = parts_of(operation["path"])
    settings = dict(getattr(stage, "canary_settings", None) or {"percentTraffic": 0.0, "useStageCache": False})
    if not rest:
        stage.canary_settings = None
        return
    if rest[0] == "stageVariableOverrides":
        overrides = dict(settings.get("stageVariableOverrides") or {})
        overrides.pop(rest[-1], None)
        settings["stageVariableOverrides"] = (
            overrides if operation["op"] == "remove" else {**overrides, rest[-1]: operation["value"]}
        )
    else:
        settings[rest[0]] = converted(operation["value"], _CANARY.get(rest[0], Kind.TEXT))
    stage.canary_settings = settings


def _keep(stage: Any, parameters: dict[str, Any]) -> None:
    for name, attribute in _EXTRAS.items():
        if parameters.get(name) is not None:
            setattr(stage, attribute, parameters[name])


def install() -> None:
    """Keep what CreateStage and CreateDeployment were given, tell it, and patch every property."""

    @extend(models.Stage, "__init__")
    def note_time(original: Function, stage: Any, *args: Any, **kwargs: Any) -> None:
        original(stage, *args, **kwargs)
        stage.created_date = stage.last_updated_date = int(time.time())

    @extend(models.Stage, "to_json")
    def to_json(original: Function, stage: models.Stage) -> dict[str, Any]:
        extras = {name: getattr(stage, attribute, None) for name, attribute in _EXTRAS.items()}
        return {**original(stage), **{name: value for name, value in extras.items() if value is not None}}

    @extend(models.Stage, "apply_operations")
    def apply(_original: Function, stage: models.Stage, operations: list[Operation]) -> models.Stage:
        patch_stage(stage, operations)
        return stage

    @extend(APIGatewayResponse, "create_stage")
    def create_stage(original: Function, response: APIGatewayResponse) -> Any:
        parameters = parameters_of(response)

        def keep(document: dict[str, Any]) -> None:
            stage = response.backend.get_stage(path_of(response)[1], document["stageName"])
            _keep(stage, parameters)
            document.update(stage.to_json())

        return amended(original(response), keep)

    @extend(APIGatewayResponse, "create_deployment")
    def create_deployment(original: Function, response: APIGatewayResponse) -> Any:
        parameters = parameters_of(response)
        rest_api_id, name = path_of(response)[1], str(parameters.get("stageName") or "")
        stages = response.backend.get_rest_api(rest_api_id).stages
        previous = stages[name].deployment_id if name in stages else None

        def keep(document: dict[str, Any]) -> None:
            stage: Any = stages.get(name)
            canary = parameters.get("canarySettings")
            if stage is not None and canary is not None:
                stage.canary_settings = {**canary, "deploymentId": document["id"]}
                stage.deployment_id = previous or stage.deployment_id
            if stage is not None and parameters.get("tracingEnabled") is not None:
                stage.tracing_enabled = parameters["tracingEnabled"]

        return amended(original(response), keep)
