"""The configuration was changed and not deployed."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    method = deployment.method("GET", "/users")
    patch = {"op": "replace", "path": "/timeoutInMillis", "value": "12000"}
    deployment.client.update_integration(**method, patchOperations=[patch])


FAULT = Fault(
    fault_id="stale-deployment",
    title="GET /users was changed after the last deployment: the change is not live",
    rule="DP001",
    subject="GET /users",
    step="stage",
    failure_mode="deploy-stale",
    plant=_plant,
    needs_redeployment=False,
)
