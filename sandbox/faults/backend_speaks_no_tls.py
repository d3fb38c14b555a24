"""An HTTP integration calls https where the backend speaks no TLS."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    method = deployment.method("GET", "/countries/{code}")
    patches = [{"op": "replace", "path": "/uri", "value": "https://${stageVariables.directoryHost}/countries/{code}"}]
    deployment.client.update_integration(**method, patchOperations=patches)


FAULT = Fault(
    fault_id="backend-speaks-no-tls",
    title="GET /countries/{code} calls https, which the directory does not speak",
    rule="IQ007",
    subject="GET /countries/{code}",
    step="integration_request",
    failure_mode="int-tls-backend",
    plant=_plant,
)
