"""Another REST API of the account has the same name: their metrics are one."""

from sandbox.faults.fault import Deployment, Fault
from sandbox.faults.stage_settings import found_by_id


def _plant(deployment: Deployment) -> None:
    name = deployment.client.get_rest_api(restApiId=deployment.rest_api_id)["name"]
    deployment.client.create_rest_api(name=name, description="A copy that somebody forgot")


FAULT = Fault(
    fault_id="api-name-shared",
    title="A second REST API is called users-api: alarms and dashboards show the sum of both",
    rule="AL010",
    subject="stage",
    step="stage",
    failure_mode="obs-apiname-collision",
    plant=_plant,
    settings=found_by_id,
    needs_redeployment=False,
    operations=("GET /health",),
)
