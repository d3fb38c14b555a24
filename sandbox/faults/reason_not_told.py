"""The contract promises details of a refused body, and the gateway's template gives none."""

from typing import Any

from sandbox.faults.fault import Fault


def _write_contract(document: dict[str, Any]) -> None:
    error = document["components"]["schemas"]["Error"]["properties"]["error"]
    error["properties"]["details"] = {"type": "array", "items": {"type": "string"}}


FAULT = Fault(
    fault_id="reason-not-told",
    title="Errors are to have details, and 'Invalid request body' is all that POST /legacy/users/search says",
    rule="GR004",
    subject="POST /legacy/users/search",
    step="gateway_response",
    failure_mode="val-message-opaque",
    write_contract=_write_contract,
)
