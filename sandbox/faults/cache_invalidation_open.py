"""Any client may invalidate the cache."""

from typing import Any

from sandbox.faults.contract_parts import integration
from sandbox.faults.fault import Deployment, Fault
from sandbox.faults.stage_settings import CACHED, cache_operation


def _write_contract(document: dict[str, Any]) -> None:
    """Name the right cache key."""
    integration(document, "GET", "/countries/{code}")["cacheKeyParameters"] = ["method.request.path.code"]


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
    write_contract=_write_contract,
    plant=_plant,
    operations=("GET /countries/{code}",),
    needs_redeployment=False,
)
