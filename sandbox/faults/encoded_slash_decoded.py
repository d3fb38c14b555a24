"""The contract lets any text into a path that a mapping decodes: an encoded slash becomes another path."""

from typing import Any

from sandbox.faults.fault import Fault


def _write_contract(document: dict[str, Any]) -> None:
    code = document["components"]["parameters"]["CountryCode"]
    code["schema"] = {"type": "string", "minLength": 1, "maxLength": 40}


FAULT = Fault(
    fault_id="encoded-slash-decoded",
    title="GET /countries/{code} takes a%2Fb, and asks the directory for a/b",
    rule="IQ011",
    subject="GET /countries/{code}",
    step="integration_request",
    failure_mode="map-query-decoding",
    write_contract=_write_contract,
)
