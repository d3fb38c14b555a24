"""GR004: where the contract promises details of a refused body, the gateway must give them."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from contracts.attribution import AnsweredBy, answered_by
from contracts.bodies import NotJson, json_of, values_of_field
from contracts.evidence import Missing, Transaction
from contracts.operation import Operation
from contracts.request_parts import resolved_schema
from contracts.rule import PerTransaction, Rule
from contracts.rule_parameter import RuleParameter
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable

_DETAILS = RuleParameter(
    rule="GR004",
    name="detail_names",
    default=("details", "errors", "fields", "violations", "validationErrors", "validationError", "reasons", "issues"),
    meaning="Properties of the error model that tell what is wrong with a body, in whatever case they are written.",
)
_BAD_REQUEST, _DEEPEST = 400, 4


def _judge(transaction: Transaction, run: RunEvidence) -> Finding:
    exchange, operation = transaction.exchange, run.operation_of(transaction)
    refused = exchange.response is not None and exchange.response.status == _BAD_REQUEST
    if operation is None or exchange.response is None or not refused:
        return not_applicable("no body was refused")
    if answered_by(transaction) is not AnsweredBy.VALIDATOR or "body" not in exchange.violates:
        return not_applicable("the gateway refused no body")
    promised = _promised(operation.declared, run)
    if not promised:
        return not_applicable("the contract promises no details of a refused body")
    body = json_of(exchange.response)
    if isinstance(body, NotJson):
        return not_applicable("the answer is no JSON, which another rule tells")
    if any(value for name in promised for value in values_of_field(body, name)):
        return held("the answer tells what is wrong", evidence=transaction)
    reason = _logged_reason(transaction)
    return broken(f"the answer gives no {promised[0]}{reason}", evidence=transaction, reached_backend=False)


def _promised(operation: Operation, run: RunEvidence) -> list[str]:
    """Return the properties for details that the contract declares for 400 in JSON."""
    response = operation.response_for(_BAD_REQUEST)
    schema = None if response is None else response.schema_for("application/json")
    names = {name.lower() for name in _DETAILS.of(run)}
    return list(_details(schema, names, run.contract.document, _DEEPEST)) if isinstance(schema, Mapping) else []


def _details(
    schema: Mapping[str, Any], names: Collection[str], document: Mapping[str, Any], depth: int
) -> Iterator[str]:
    properties = resolved_schema(schema, document).get("properties")
    if depth == 0 or not isinstance(properties, Mapping):
        return
    for name, inner in properties.items():
        if name.lower() in names:
            yield name
        elif isinstance(inner, Mapping):
            yield from _details(inner, names, document, depth - 1)


def _logged_reason(transaction: Transaction) -> str:
    if isinstance(transaction.execution, Missing) or not transaction.execution.value.validation_errors:
        return ""
    return f"; the log knows: {transaction.execution.value.validation_errors[0][:120]}"


RULE = Rule(
    code="GR004",
    title="A refused body is answered with the details that the contract promises",
    severity=Severity.WARNING,
    step=Step.GATEWAY_RESPONSE,
    why="'Invalid request body' alone tells no client which field to mend; the contract says that it is told.",
    fix="Use $context.error.validationErrorString in the template of BAD_REQUEST_BODY, or validate in the backend.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html",
    failure_modes=("val-message-opaque",),
    parameters=(_DETAILS,),
    judge=PerTransaction(_judge),
)
