"""The host that an HTTP integration calls does not exist."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    patches = [{"op": "replace", "path": "/variables/directoryHost", "value": "directory.invalid"}]
    deployment.client.update_stage(
        restApiId=deployment.rest_api_id, stageName=deployment.stage_name, patchOperations=patches
    )


FAULT = Fault(
    fault_id="endpoint-invalid",
    title="GET /countries/{code} calls a host that does not exist",
    rule="IQ007",
    subject="GET /countries/{code}",
    step="integration_request",
    failure_mode="int-invalid-endpoint",
    plant=_plant,
    needs_redeployment=False,
)
