"""An integration no longer passes the request id on."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    method = deployment.method("GET", "/countries/{code}")
    patch = {"op": "remove", "path": "/requestParameters/integration.request.header.X-Correlation-Id"}
    deployment.client.update_integration(**method, patchOperations=[patch])


FAULT = Fault(
    fault_id="correlation-lost",
    title="GET /countries/{code} no longer passes the request id to its backend",
    rule="IQ002",
    subject="GET /countries/{code}",
    step="integration_request",
    failure_mode="err-requestid-missing",
    plant=_plant,
)
