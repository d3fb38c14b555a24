"""The contract allows a header that is longer than all headers of a request may be."""

from typing import Any

from sandbox.faults.contract_parts import add_parameter
from sandbox.faults.fault import Fault


def _write_contract(document: dict[str, Any]) -> None:
    session = {"type": "string", "maxLength": 16_384}
    add_parameter(document, "GET", "/users", name="X-Session", **{"in": "header"}, required=False, schema=session)


FAULT = Fault(
    fault_id="headers-too-long",
    title="GET /users allows 16 KiB of X-Session; the gateway takes 10,240 bytes of headers in all",
    rule="LM003",
    subject="GET /users",
    step="method_request",
    failure_mode="hdr-size-limit",
    write_contract=_write_contract,
)
