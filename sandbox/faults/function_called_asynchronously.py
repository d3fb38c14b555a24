"""A header that was meant for another method has a function called without anybody waiting for its answer."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    path = "/requestParameters/integration.request.header.X-Amz-Invocation-Type"
    patch = {"op": "add", "path": path, "value": "'Event'"}
    method = deployment.method("POST", "/legacy/users/search")
    deployment.client.update_integration(**method, patchOperations=[patch])


FAULT = Fault(
    fault_id="function-called-asynchronously",
    title="POST /legacy/users/search calls the register as an event: clients get an empty answer",
    rule="IQ014",
    subject="POST /legacy/users/search",
    step="integration_request",
    failure_mode="int-async-event-header",
    plant=_plant,
)
