"""The caller is left out of the cache key: one caller gets what was answered to another."""

from collections.abc import Mapping
from typing import Any

from sandbox.faults.contract_parts import integration, operation
from sandbox.faults.fault import Deployment, Fault
from sandbox.faults.function_code import wrap_function
from sandbox.faults.stage_settings import cache_operation

_HANDLER = """
from original_handler import _policy
from original_handler import handler as original


def handler(event, context):
    if event["authorizationToken"] == "Bearer reader":
        return _policy("Allow", "reader", event["methodArn"])
    return original(event, context)
"""
KEY = ("method.request.querystring.limit", "method.request.querystring.nextToken")


def _write_contract(document: dict[str, Any]) -> None:
    """Put the list of users behind the authorizer, and name its parameters as the cache key."""
    guarded = operation(document, "GET", "/users")
    guarded["security"] = [{"operator_token": []}]
    guarded["responses"]["401"] = {"$ref": "#/components/responses/Unauthorized"}
    integration(document, "GET", "/users")["cacheKeyParameters"] = list(KEY)


def _plant(deployment: Deployment) -> None:
    """Have the authorizer know a second caller, and the stage answer the list of users from its cache."""
    wrap_function(deployment, "authorizer", _HANDLER)
    cache_operation(deployment, "GET", "/users")


def _settings(deployment: Deployment) -> Mapping[str, Any]:
    """Ask with a reader's token what the operator's asked."""
    return {"stages": {deployment.stage_name: {"auth": {"second_bearer_token": "env:USERS_SECOND_TOKEN"}}}}


FAULT = Fault(
    fault_id="cache-key-lacks-caller",
    title="GET /users knows its caller and is cached without Authorization in the cache key",
    rule="CA001",
    subject="GET /users",
    step="method_request",
    failure_mode="cache-key-missing",
    write_contract=_write_contract,
    plant=_plant,
    settings=_settings,
    needs_redeployment=False,
)
