"""An integration hands binary data to its mapping template."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    method = deployment.method("POST", "/legacy/users/search")
    patch = {"op": "replace", "path": "/contentHandling", "value": "CONVERT_TO_BINARY"}
    deployment.client.update_integration(**method, patchOperations=[patch])


FAULT = Fault(
    fault_id="template-on-binary",
    title="POST /legacy/users/search converts its body to binary before a mapping template: every search fails",
    rule="BN004",
    subject="POST /legacy/users/search",
    step="integration_request",
    failure_mode="bin-mapping-template-conflict",
    plant=_plant,
)
