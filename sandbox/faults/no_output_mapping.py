"""No integration response matches an answer of the backend, and there is no default."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    method = deployment.method("GET", "/countries/{code}")
    for status_code in ("404", "502"):
        deployment.client.delete_integration_response(**method, statusCode=status_code)


FAULT = Fault(
    fault_id="no-output-mapping",
    title="GET /countries/{code} has no integration response for 404: the client gets 500",
    rule="IS005",
    subject="GET /countries/{code}",
    step="integration_response",
    failure_mode="int-no-output-mapping",
    plant=_plant,
)
