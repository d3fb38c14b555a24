"""The contract has a list written with bare pipes, which API Gateway does not carry in a query."""

from typing import Any

from sandbox.faults.contract_parts import add_parameter
from sandbox.faults.fault import Fault


def _write_contract(document: dict[str, Any]) -> None:
    add_parameter(
        document,
        "GET",
        "/users",
        name="fields",
        **{"in": "query"},
        required=False,
        style="pipeDelimited",
        explode=False,
        schema={"type": "array", "items": {"type": "string", "enum": ["email", "name"]}},
    )


FAULT = Fault(
    fault_id="list-with-pipes",
    title="GET /users takes ?fields=email|name: clients that write the bare '|' get 400",
    rule="MQ009",
    subject="GET /users",
    step="method_request",
    failure_mode="route-query-special",
    write_contract=_write_contract,
)
