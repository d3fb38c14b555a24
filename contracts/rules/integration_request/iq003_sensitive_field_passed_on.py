"""IQ003: a sensitive field must not reach a backend that may not see it."""

import re
from fnmatch import fnmatchcase

from contracts.attribution import endpoint_was_called
from contracts.bodies import NotJson, parse_json, values_of_field
from contracts.evidence import Missing, Transaction
from contracts.expectations import SensitiveField
from contracts.rule import PerTransaction, Rule
from contracts.run_evidence import RunEvidence
from contracts.unlogged import unlogged
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined
from gateway.execution import Execution


def _judge(transaction: Transaction, run: RunEvidence) -> Finding:
    operation = transaction.exchange.operation
    forbidden = [
        field
        for field in run.expectations.sensitive_fields
        if not field.in_backend and any(fnmatchcase(operation, glob) for glob in field.operations or ("*",))
    ]
    if not forbidden or transaction.exchange.resource_path is None:
        return not_applicable("no sensitive field is kept from this backend")
    if isinstance(transaction.execution, Missing):
        return unlogged(transaction, transaction.execution)
    execution = transaction.execution.value
    if not endpoint_was_called(execution):
        return not_applicable("the backend was not called")
    for field in forbidden:
        found = _passed_on(execution, field)
        if found is None:
            return undetermined(f"what was sent of {field.field!r} is not in the log as a whole", evidence=transaction)
        if found:
            return broken(f"{field.field!r} reached the backend unmasked", evidence=transaction, reached_backend=True)
    return held("no sensitive field reached the backend unmasked", evidence=transaction)


def _passed_on(execution: Execution, field: SensitiveField) -> bool | None:
    body, headers = execution.endpoint_request_body, execution.endpoint_request_headers
    if field.header_name is not None:
        sent = None if headers is None else headers.get(field.header_name)
        if headers is not None and sent is not None and headers.is_cut(field.header_name):
            return None
        if sent is not None:
            return sent != field.masked_as
        if headers is None or headers.truncated:
            return None
        if body is None or '"requestContext"' not in body.text:
            return False
    if body is None or body.truncated:
        return None
    value = parse_json(body.text)
    if isinstance(value, NotJson):
        return field.header_name is None and _named_unmasked(body.text, field)
    found = (
        values_of_field(value, field.field)
        if field.header_name is None
        else _headers_of_event(value, field.header_name)
    )
    return any(inner not in (None, "", field.masked_as) for inner in found)


def _named_unmasked(text: str, field: SensitiveField) -> bool:
    """Whether a text that is no JSON names the field with anything but its mask."""
    after = [part.lstrip("\"' \t:=") for part in re.split(rf"\b{re.escape(field.field)}\b", text)[1:]]
    return any(field.masked_as is None or not part.startswith(field.masked_as) for part in after)


def _headers_of_event(event: object, name: str) -> list[object]:
    """Return the values of a header of a Lambda proxy event."""
    headers = event.get("headers") if isinstance(event, dict) and "requestContext" in event else None
    if not isinstance(headers, dict):
        return []
    return [value for key, value in headers.items() if key.lower() == name.lower()]


RULE = Rule(
    code="IQ003",
    title="Sensitive fields reach only backends that may see them",
    severity=Severity.ERROR,
    step=Step.INTEGRATION_REQUEST,
    why="A field that was declared sensitive leaves the boundary it must not leave.",
    fix="Mask or drop the field in the mapping template of the integration request.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings.html",
    failure_modes=("map-passthrough-leak",),
    judge=PerTransaction(_judge),
)
