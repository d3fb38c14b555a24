"""Another REST API of the account has the same name: their metrics are one."""

from collections.abc import Mapping
from typing import Any

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    name = deployment.client.get_rest_api(restApiId=deployment.rest_api_id)["name"]
    deployment.client.create_rest_api(name=name, description="A copy that somebody forgot")


def _settings(deployment: Deployment) -> Mapping[str, Any]:
    """Name the API by its id: two have the name."""
    stage = {"rest_api_name": None, "rest_api_id": deployment.rest_api_id}
    return {"stages": {deployment.stage_name: stage}}


FAULT = Fault(
    fault_id="api-name-shared",
    title="A second REST API is called users-api: alarms and dashboards show the sum of both",
    rule="AL010",
    subject="stage",
    step="stage",
    failure_mode="obs-apiname-collision",
    plant=_plant,
    settings=_settings,
    needs_redeployment=False,
    operations=("GET /health",),
)
