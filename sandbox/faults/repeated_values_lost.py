"""A list of the query is mapped as one value: the others never reach the backend."""

from typing import Any

from sandbox.faults.contract_parts import add_parameter, integration
from sandbox.faults.fault import Fault

_OPERATION = ("GET", "/countries/{code}")


def _write_contract(document: dict[str, Any]) -> None:
    languages = {"type": "array", "items": {"type": "string", "enum": ["de", "en", "fr"]}}
    add_parameter(document, *_OPERATION, name="language", **{"in": "query"}, required=False, schema=languages)
    mapped = integration(document, *_OPERATION)["requestParameters"]
    mapped["integration.request.querystring.language"] = "method.request.querystring.language"


FAULT = Fault(
    fault_id="repeated-values-lost",
    title="GET /countries/{code} passes one of several ?language= on to the directory",
    rule="IQ010",
    subject="GET /countries/{code}",
    step="integration_request",
    failure_mode="map-multivalue-first-only",
    write_contract=_write_contract,
)
