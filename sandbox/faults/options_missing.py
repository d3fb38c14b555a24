"""A resource lost its OPTIONS method."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    deployment.client.delete_method(**deployment.method("OPTIONS", "/users"))


FAULT = Fault(
    fault_id="options-missing",
    title="/users lost its OPTIONS method: browsers cannot ask",
    rule="CO002",
    subject="/users",
    step="method_request",
    failure_mode="cors-options-missing",
    plant=_plant,
)
