"""An integration response names a status that the method does not declare."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    deployment.client.delete_method_response(**deployment.method("GET", "/countries/{code}"), statusCode="404")


FAULT = Fault(
    fault_id="method-response-missing",
    title="GET /countries/{code} lost the method response 404: the client gets 500",
    rule="IS005",
    subject="GET /countries/{code}",
    step="integration_response",
    failure_mode="int-invalid-method-response",
    plant=_plant,
)
