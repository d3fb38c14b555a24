"""Any client may invalidate the cache."""

from sandbox.faults.contract_parts import key_countries_by_code
from sandbox.faults.fault import Deployment, Fault
from sandbox.faults.stage_settings import CACHED, cache_operation


def _plant(deployment: Deployment) -> None:
    open_to_all = {**CACHED, "caching/requireAuthorizationForCacheControl": "false"}
    cache_operation(deployment, "GET", "/countries/{code}", open_to_all)


FAULT = Fault(
    fault_id="cache-invalidation-open",
    title="Any client may invalidate the stage's cache by a header",
    rule="CA003",
    subject="stage",
    step="stage",
    failure_mode="cache-invalidate-open",
    write_contract=key_countries_by_code,
    plant=_plant,
    operations=("GET /countries/{code}",),
    needs_redeployment=False,
)
