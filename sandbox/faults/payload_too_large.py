"""The contract allows a body that is larger than the gateway takes."""

from typing import Any

from sandbox.faults.fault import Fault


def _write_contract(document: dict[str, Any]) -> None:
    document["components"]["schemas"]["Picture"]["maxLength"] = 12_000_000


FAULT = Fault(
    fault_id="payload-too-large",
    title="PUT /users/{userId}/avatar allows 12 MB; the gateway takes 10 MB",
    rule="LM004",
    subject="PUT /users/{userId}/avatar",
    step="method_request",
    failure_mode="lim-payload-10mb",
    write_contract=_write_contract,
)
