"""Two selection patterns match the same status."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    method = {**deployment.method("GET", "/countries/{code}"), "statusCode": "400"}
    patch = {"op": "replace", "path": "/selectionPattern", "value": r"4\d{2}"}
    deployment.client.update_integration_response(**method, patchOperations=[patch])


FAULT = Fault(
    fault_id="selection-patterns-overlap",
    title=r"GET /countries/{code} has the patterns 4\d{2} and 404: which one wins is not said",
    rule="IS008",
    subject="GET /countries/{code}",
    step="integration_response",
    failure_mode="int-selection-overlap",
    plant=_plant,
)
