"""OPTIONS asks for an API key, which browsers do not send."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    patch = {"op": "replace", "path": "/apiKeyRequired", "value": "true"}
    deployment.client.update_method(**deployment.method("OPTIONS", "/users"), patchOperations=[patch])


FAULT = Fault(
    fault_id="cors-options-protected",
    title="OPTIONS /users asks for an API key: every preflight is refused with 403",
    rule="CO010",
    subject="/users",
    step="method_request",
    failure_mode="cors-options-auth",
    plant=_plant,
)
