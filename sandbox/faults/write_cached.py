"""A write is answered from the cache."""

from sandbox.faults.fault import Deployment, Fault
from sandbox.faults.stage_settings import cache_operation


def _plant(deployment: Deployment) -> None:
    cache_operation(deployment, "POST", "/users")


FAULT = Fault(
    fault_id="write-cached",
    title="POST /users is answered from the cache: the second user is never created",
    rule="CA002",
    subject="POST /users",
    step="method_request",
    failure_mode="cache-errors-or-nonget",
    plant=_plant,
    needs_redeployment=False,
)
