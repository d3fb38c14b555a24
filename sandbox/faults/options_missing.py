"""A resource lost its OPTIONS method."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    deployment.client.delete_method(**deployment.method("OPTIONS", "/users/{userId}/avatar"))


FAULT = Fault(
    fault_id="options-missing",
    title="/users/{userId}/avatar lost its OPTIONS method: browsers cannot ask",
    rule="CO002",
    subject="/users/{userId}/avatar",
    step="method_request",
    failure_mode="cors-options-missing",
    plant=_plant,
)
