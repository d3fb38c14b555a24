"""A parameter is required under a name of another case: names are case-sensitive, so nobody checks the right one."""

from typing import Any

from sandbox.faults.contract_parts import operation
from sandbox.faults.fault import Deployment, Fault

_OPERATION = ("GET", "/users")


def _write_contract(document: dict[str, Any]) -> None:
    limit = {**document["components"]["parameters"]["Limit"], "required": True}
    changed = operation(document, *_OPERATION)
    others = [one for one in changed["parameters"] if not one.get("$ref", "").endswith("/Limit")]
    changed["parameters"] = [limit, *others]


def _plant(deployment: Deployment) -> None:
    before, after = "method.request.querystring.limit", "method.request.querystring.Limit"
    patches = [
        {"op": "remove", "path": f"/requestParameters/{before}"},
        {"op": "add", "path": f"/requestParameters/{after}", "value": "false"},
    ]
    deployment.client.update_method(**deployment.method(*_OPERATION), patchOperations=patches)


FAULT = Fault(
    fault_id="parameter-name-case",
    title="GET /users asks for limit and is deployed with Limit: a request without it reaches the backend",
    rule="MQ004",
    subject="GET /users",
    step="method_request",
    failure_mode="route-case-sensitive",
    write_contract=_write_contract,
    plant=_plant,
    consequences=("DP002",),
)
