"""An integration response no longer maps a header that the contract promises."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    method = deployment.method("GET", "/health")
    patch = {"op": "remove", "path": "/responseParameters/method.response.header.X-Content-Type-Options"}
    deployment.client.update_integration_response(**method, statusCode="200", patchOperations=[patch])


FAULT = Fault(
    fault_id="response-header-dropped",
    title="GET /health no longer maps X-Content-Type-Options",
    rule="MS005",
    subject="GET /health",
    step="integration_response",
    failure_mode="cors-nonproxy-param-not-mapped",
    plant=_plant,
)
