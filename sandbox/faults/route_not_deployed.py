"""A method of the contract is not deployed."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    deployment.client.delete_method(**deployment.method("GET", "/users"))


FAULT = Fault(
    fault_id="route-not-deployed",
    title="GET /users is not deployed: it answers 403 Missing Authentication Token",
    rule="RT002",
    subject="GET /users",
    step="routing",
    failure_mode="route-missing-auth-token",
    plant=_plant,
)
