"""An integration response answers errors of the backend as a success."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    method = deployment.method("GET", "/countries/{code}")
    for status_code in ("400", "404"):
        deployment.client.delete_integration_response(**method, statusCode=status_code)
    patch = {"op": "replace", "path": "/selectionPattern", "value": r"[245]\d\d"}
    deployment.client.update_integration_response(**method, statusCode="200", patchOperations=[patch])


FAULT = Fault(
    fault_id="backend-error-as-200",
    title="GET /countries/{code} answers 200 when the directory answers 404",
    rule="IS003",
    subject="GET /countries/{code}",
    step="integration_response",
    failure_mode="err-5xx-masked-2xx",
    plant=_plant,
    consequences=("MQ011",),
)
