"""An authorizer that refuses a caller one operation allows it everything for another, and the gateway keeps that."""

from collections.abc import Mapping
from typing import Any

from sandbox.faults.contract_parts import operation
from sandbox.faults.fault import Deployment, Fault
from sandbox.faults.function_code import wrap_function

_HANDLER = """
from original_handler import _policy
from original_handler import handler as original


def handler(event, context):
    if event["authorizationToken"] != "Bearer reader":
        return original(event, context)
    if "/GET/" not in event["methodArn"]:
        raise Exception("Unauthorized")
    return _policy("Allow", "reader", event["methodArn"])
"""


def _write_contract(document: dict[str, Any]) -> None:
    """Put a second operation behind the authorizer: readers may call it, and not the other."""
    guarded = operation(document, "GET", "/users")
    guarded["security"] = [{"operator_token": []}]
    guarded["responses"]["401"] = {"$ref": "#/components/responses/Unauthorized"}


def _plant(deployment: Deployment) -> None:
    wrap_function(deployment, "authorizer", _HANDLER)


def _settings(deployment: Deployment) -> Mapping[str, Any]:
    """Ask with a reader's token what the operator's asked."""
    return {"stages": {deployment.stage_name: {"auth": {"second_bearer_token": "env:USERS_SECOND_TOKEN"}}}}


FAULT = Fault(
    fault_id="authorizer-policy-wide",
    title="A reader may not delete users, and may as soon as it has read some: the authorizer's policy allows all",
    rule="MQ012",
    subject="DELETE /users/{userId}",
    step="method_request",
    failure_mode="auth-cache-overallow",
    write_contract=_write_contract,
    plant=_plant,
    settings=_settings,
    operations=("GET /users", "DELETE /users/{userId}"),
)
