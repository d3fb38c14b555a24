"""The integration request of a queue lacks the mapped Content-Type, so the service does not read its form."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    method = deployment.method("POST", "/events")
    patch = {"op": "remove", "path": "/requestParameters/integration.request.header.Content-Type"}
    deployment.client.update_integration(**method, patchOperations=[patch])


FAULT = Fault(
    fault_id="form-sent-as-json",
    title="POST /events sends its form to SQS as JSON",
    rule="IQ001",
    subject="POST /events",
    step="integration_request",
    failure_mode="hdr-dropped-request",
    plant=_plant,
)
