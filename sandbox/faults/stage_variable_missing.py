"""The stage does not define a variable that an integration needs."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    patches = [{"op": "remove", "path": "/variables/directoryHost"}]
    deployment.client.update_stage(
        restApiId=deployment.rest_api_id, stageName=deployment.stage_name, patchOperations=patches
    )


FAULT = Fault(
    fault_id="stage-variable-missing",
    title="The stage lost the variable directoryHost: GET /countries/{code} calls no host",
    rule="IQ004",
    subject="GET /countries/{code}",
    step="integration_request",
    failure_mode="stage-var-missing",
    plant=_plant,
    needs_redeployment=False,
)
