"""A mapping reads a parameter that the method request no longer declares."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    patch = {"op": "remove", "path": "/requestParameters/method.request.path.code"}
    deployment.client.update_method(**deployment.method("GET", "/countries/{code}"), patchOperations=[patch])


FAULT = Fault(
    fault_id="mapped-parameter-undeclared",
    title="GET /countries/{code} maps the path parameter code, which its method request does not declare",
    rule="IQ006",
    subject="GET /countries/{code}",
    step="integration_request",
    failure_mode="map-param-undefined",
    plant=_plant,
    consequences=("DP002",),
)
