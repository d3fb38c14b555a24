"""The contract declares a header that API Gateway passes to no endpoint."""

from typing import Any

from sandbox.faults.contract_parts import add_parameter
from sandbox.faults.fault import Fault


def _write_contract(document: dict[str, Any]) -> None:
    hops = {"type": "string"}
    add_parameter(
        document, "GET", "/countries/{code}", name="Max-Forwards", **{"in": "header"}, required=False, schema=hops
    )


FAULT = Fault(
    fault_id="dropped-header-declared",
    title="GET /countries/{code} declares Max-Forwards, which the directory never sees",
    rule="IQ012",
    subject="GET /countries/{code}",
    step="integration_request",
    failure_mode="hdr-dropped-request",
    write_contract=_write_contract,
)
