"""Any client may invalidate the cache."""

from sandbox.faults.fault import Deployment, Fault
from sandbox.faults.stage_settings import CACHE, CACHED, EVERY_METHOD, below, set_stage


def _plant(deployment: Deployment) -> None:
    open_to_all = {**CACHED, "caching/requireAuthorizationForCacheControl": "false"}
    set_stage(deployment, {**CACHE, **below(EVERY_METHOD, open_to_all)})


FAULT = Fault(
    fault_id="cache-invalidation-open",
    title="Any client may invalidate the stage's cache by a header",
    rule="CA003",
    subject="stage",
    step="stage",
    failure_mode="cache-invalidate-open",
    plant=_plant,
    needs_redeployment=False,
)
