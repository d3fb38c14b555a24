"""A query parameter is left out of the cache key: a page of any size is answered with the page that came first."""

from typing import Any

from sandbox.faults.contract_parts import integration
from sandbox.faults.fault import Deployment, Fault
from sandbox.faults.stage_settings import cache_operation


def _write_contract(document: dict[str, Any]) -> None:
    """Name a cache key, as somebody does who knows that there is one, and forget one of two parameters."""
    integration(document, "GET", "/users")["cacheKeyParameters"] = ["method.request.querystring.nextToken"]


def _plant(deployment: Deployment) -> None:
    cache_operation(deployment, "GET", "/users")


FAULT = Fault(
    fault_id="cache-key-lacks-query",
    title="GET /users is cached without limit in the cache key: who asks for one user gets a whole page",
    rule="CA001",
    subject="GET /users",
    step="method_request",
    failure_mode="cache-key-missing",
    write_contract=_write_contract,
    plant=_plant,
    needs_redeployment=False,
)
