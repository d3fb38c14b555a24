"""A method no longer asks for an API key."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    method = deployment.method("PUT", "/users/{userId}")
    patch = {"op": "replace", "path": "/apiKeyRequired", "value": "false"}
    deployment.client.update_method(**method, patchOperations=[patch])


FAULT = Fault(
    fault_id="api-key-not-required",
    title="PUT /users/{userId} no longer asks for an API key",
    rule="MQ005",
    subject="PUT /users/{userId}",
    step="method_request",
    failure_mode="auth-apikey-not-required",
    plant=_plant,
)
