"""The API's name has letters that CloudWatch drops."""

from sandbox.faults.fault import Deployment, Fault
from sandbox.faults.stage_settings import found_by_id


def _plant(deployment: Deployment) -> None:
    patches = [{"op": "replace", "path": "/name", "value": "users-api-größe"}]
    deployment.client.update_rest_api(restApiId=deployment.rest_api_id, patchOperations=patches)


FAULT = Fault(
    fault_id="api-name-not-ascii",
    title="The API is called users-api-größe: its metrics have another ApiName",
    rule="AL003",
    subject="stage",
    step="stage",
    failure_mode="obs-apiname-nonascii",
    plant=_plant,
    settings=found_by_id,
    needs_redeployment=False,
)
