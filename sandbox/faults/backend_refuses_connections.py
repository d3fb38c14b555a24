"""Nothing listens where an HTTP integration calls."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    patches = [{"op": "replace", "path": "/variables/directoryHost", "value": "127.0.0.1:9"}]
    deployment.client.update_stage(
        restApiId=deployment.rest_api_id, stageName=deployment.stage_name, patchOperations=patches
    )


FAULT = Fault(
    fault_id="backend-refuses-connections",
    title="The directory does not answer: GET /countries/{code} fails with a network error",
    rule="IQ007",
    subject="GET /countries/{code}",
    step="integration_request",
    failure_mode="int-integration-failure",
    plant=_plant,
    needs_redeployment=False,
)
