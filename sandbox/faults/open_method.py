"""A method lost its authorizer."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    method = deployment.method("DELETE", "/users/{userId}")
    patch = {"op": "replace", "path": "/authorizationType", "value": "NONE"}
    deployment.client.update_method(**method, patchOperations=[patch])


FAULT = Fault(
    fault_id="open-method",
    title="DELETE /users/{userId} lost its authorizer: anybody with a key may delete",
    rule="MQ006",
    subject="DELETE /users/{userId}",
    step="method_request",
    failure_mode="auth-open-method",
    plant=_plant,
)
