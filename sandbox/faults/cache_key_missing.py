"""The stage caches answers by path alone."""

from sandbox.faults.fault import Deployment, Fault
from sandbox.faults.stage_settings import cache_operation


def _plant(deployment: Deployment) -> None:
    cache_operation(deployment, "GET", "/users/{userId}")


FAULT = Fault(
    fault_id="cache-key-missing",
    title="GET /users/{userId} is cached without its path parameter in the cache key",
    rule="CA001",
    subject="GET /users/{userId}",
    step="method_request",
    failure_mode="cache-key-missing",
    plant=_plant,
    needs_redeployment=False,
)
