"""What faults in a stage's settings share."""

from collections.abc import Mapping
from typing import Any

from sandbox.faults.fault import Deployment

EVERY_METHOD = "/*/*"
OBSERVED = {
    "metrics/enabled": "true",
    "logging/loglevel": "INFO",
    "logging/dataTrace": "true",
    "throttling/rateLimit": "5000",
    "throttling/burstLimit": "2500",
}
"""The settings of the healthy stage, for a method that gets settings of its own."""

CACHED = {"caching/enabled": "true", "caching/dataEncrypted": "true"}
CACHE = {"/cacheClusterEnabled": "true", "/cacheClusterSize": "0.5"}


def found_by_id(deployment: Deployment) -> Mapping[str, Any]:
    """Name the API by its id in ``stageproof.toml``, where its name is what is wrong."""
    stage = {"rest_api_name": None, "rest_api_id": deployment.rest_api_id}
    return {"stages": {deployment.stage_name: stage}}


def set_stage(deployment: Deployment, values: Mapping[str, str]) -> None:
    """Set values of the stage by their paths in API Gateway's patches."""
    deployment.client.update_stage(
        restApiId=deployment.rest_api_id,
        stageName=deployment.stage_name,
        patchOperations=[{"op": "replace", "path": path, "value": value} for path, value in values.items()],
    )


def below(method: str, settings: Mapping[str, str]) -> dict[str, str]:
    """Return method settings as patches below a method (``/*/*``, ``/~1users/POST``)."""
    return {f"{method}/{name}": value for name, value in settings.items()}


def change_access_log(deployment: Deployment, old: str, new: str) -> None:
    """Replace a part of the access log's format."""
    stage = deployment.client.get_stage(restApiId=deployment.rest_api_id, stageName=deployment.stage_name)
    log_format = stage["accessLogSettings"]["format"]
    assert old in log_format
    set_stage(deployment, {"/accessLogSettings/format": log_format.replace(old, new)})


def cache_operation(deployment: Deployment, http_method: str, path: str, settings: Mapping[str, str] = CACHED) -> None:
    """Give the stage a cache and answer one operation from it, with all observations of the healthy stage."""
    method = f"/{path.replace('/', '~1')}/{http_method}"
    set_stage(deployment, {**CACHE, **below(method, {**OBSERVED, **settings})})
