"""An integration response converts JSON to binary."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    method = {**deployment.method("GET", "/countries/{code}"), "statusCode": "200"}
    patches = [
        {"op": "remove", "path": "/responseTemplates/application~1json"},
        {"op": "replace", "path": "/contentHandling", "value": "CONVERT_TO_BINARY"},
    ]
    deployment.client.update_integration_response(**method, patchOperations=patches)


FAULT = Fault(
    fault_id="binary-conversion-fails",
    title="GET /countries/{code} converts JSON to binary: API Gateway decodes it as base64 and answers 500",
    rule="BN003",
    subject="GET /countries/{code}",
    step="integration_response",
    failure_mode="bin-convert-fail-500",
    plant=_plant,
)
