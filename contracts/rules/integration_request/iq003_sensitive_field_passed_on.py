"""IQ003: a sensitive field must not reach a backend that may not see it."""

from fnmatch import fnmatchcase

from contracts.attribution import endpoint_was_called
from contracts.bodies import NotJson, parse_json, values_of_field
from contracts.evidence import Missing, Transaction
from contracts.expectations import SensitiveField
from contracts.rule import PerTransaction, Rule
from contracts.run_evidence import RunEvidence
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
        return undetermined(transaction.execution, evidence=transaction)
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
    if field.header_name is not None:
        headers = execution.endpoint_request_headers
        if headers is None or (headers.truncated and headers.get(field.header_name) is None):
            return None
        return headers.get(field.header_name) not in {None, field.masked_as}
    body = execution.endpoint_request_body
    if body is None or body.truncated:
        return None
    value = parse_json(body.text)
    if isinstance(value, NotJson):
        return field.field in body.text
    return any(inner not in (None, "", field.masked_as) for inner in values_of_field(value, field.field))


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
