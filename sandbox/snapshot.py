"""What a stage serves: the API frozen at its deployment, with the stage's own settings as they are now.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-stages.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from moto.apigateway import models

from gateway import control_plane
from gateway.rest_api import ApiKey, RestApi, Stage, UsagePlan
from sandbox.control_plane import deployments, revision


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployedStage:
    """One stage, ready to serve.

    ``rest_api`` and ``canary_rest_api`` are as of their deployments; all else is as of now. ``usage_plans`` are those
    that hold this stage, with their keys and the keys' values; ``api_keys`` are all keys of the account and Region.
    ``is_canary`` says that the canary's deployment stands in for the stage's.
    """

    rest_api: RestApi
    stage: Stage
    account_id: str
    region: str
    usage_plans: tuple[UsagePlan, ...] = ()
    api_keys: tuple[ApiKey, ...] = ()
    canary_rest_api: RestApi | None = None
    cloudwatch_role_arn: str | None = None
    is_canary: bool = False


class Snapshots:
    """Reads deployed stages from the control plane of this process; what was read is kept until something changes."""

    def __init__(self) -> None:
        self._cache: dict[tuple[str, str], tuple[int, DeployedStage | None]] = {}

    def deployed(self, rest_api_id: str, stage_name: str) -> DeployedStage | None:
        """Return a stage as it serves now; None when there is no such API or stage, or it has no deployment."""
        now = revision.current()
        known = self._cache.get((rest_api_id, stage_name))
        if known is not None and known[0] == now:
            return known[1]
        stage = _read(rest_api_id, stage_name)
        self._cache[rest_api_id, stage_name] = (now, stage)
        return stage


def backend_of(rest_api_id: str) -> models.APIGatewayBackend | None:
    """Return the control plane (of any account and Region) that holds an API; None when no one does."""
    return next((backend for backend in _backends() if rest_api_id in backend.apis), None)


def _backends() -> Iterator[models.APIGatewayBackend]:
    for by_region in list(models.apigateway_backends.values()):
        yield from list(by_region.values())


def _read(rest_api_id: str, stage_name: str) -> DeployedStage | None:
    backend = backend_of(rest_api_id)
    if backend is None:
        return None
    api = backend.apis[rest_api_id]
    held = api.stages.get(stage_name)
    frozen = deployments.frozen_rest_api(api, held.deployment_id) if held is not None else None
    if held is None or frozen is None:
        return None
    stage = control_plane.stage(held.to_json())
    canary = stage.canary_settings
    return DeployedStage(
        rest_api=frozen,
        stage=stage,
        account_id=backend.account_id,
        region=backend.region_name,
        usage_plans=_usage_plans(backend, rest_api_id, stage_name),
        api_keys=tuple(control_plane.api_key(key.to_json()) for key in backend.keys.values()),
        canary_rest_api=deployments.frozen_rest_api(api, canary.deployment_id) if canary else None,
        cloudwatch_role_arn=backend.account.cloudwatch_role_arn,
    )


def _usage_plans(backend: models.APIGatewayBackend, rest_api_id: str, stage_name: str) -> tuple[UsagePlan, ...]:
    return tuple(
        control_plane.usage_plan(
            plan.to_json(), _keys(backend, plan.id), rest_api_id=rest_api_id, stage_name=stage_name
        )
        for plan in list(backend.usage_plans.values())
        if any((item.get("apiId"), item.get("stage")) == (rest_api_id, stage_name) for item in plan.api_stages)
    )


def _keys(backend: models.APIGatewayBackend, usage_plan_id: str) -> list[control_plane.Document]:
    """Return the keys of a plan, whole: the plan's own documents do not tell whether a key is enabled."""
    members = backend.usage_plan_keys.get(usage_plan_id, {})
    return [backend.keys[key_id].to_json() for key_id in list(members) if key_id in backend.keys]
