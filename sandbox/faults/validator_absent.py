"""The request validator of a method was lost."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    method = deployment.method("POST", "/users")
    patch = {"op": "replace", "path": "/requestValidatorId", "value": ""}
    deployment.client.update_method(**method, patchOperations=[patch])


FAULT = Fault(
    fault_id="validator-absent",
    title="POST /users lost its request validator: invalid bodies reach the backend",
    rule="MQ001",
    subject="POST /users",
    step="method_request",
    failure_mode="val-validator-absent",
    plant=_plant,
)
