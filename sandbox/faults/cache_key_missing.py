"""The stage caches answers by path alone."""

from sandbox.faults.fault import Deployment, Fault
from sandbox.faults.stage_settings import CACHE, CACHED, EVERY_METHOD, below, set_stage


def _plant(deployment: Deployment) -> None:
    set_stage(deployment, {**CACHE, **below(EVERY_METHOD, CACHED)})


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
