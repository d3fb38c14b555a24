"""IS009: a function that answers an error must say its status, for payload format 2.0 makes 200 of what has none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts.attribution import answered_by_gateway
from contracts.bodies import NotJson, is_json, json_of, media_type
from contracts.evidence import Evidence, HttpResponse, Missing, Transaction
from contracts.request_parts import resolved_schema
from contracts.rule import HTTP_ONLY, PerTransaction, Rule
from contracts.rule_parameter import RuleParameter
from contracts.run_evidence import JudgedOperation, RunEvidence
from contracts.verdict import Comparison, Finding, Severity, Step, broken, held, not_applicable, undetermined
from gateway.http_api import Route

_FIRST_ERROR_STATUS = 400
_SUCCESS = 200
_ERROR_NAMES = RuleParameter(
    rule="IS009",
    name="error_names",
    default=("error", "errors", "errorMessage", "errorType", "stackTrace"),
    meaning="Properties that make a body an error, where the contract does not declare them for the success.",
)
_STATUS_NAMES = RuleParameter(
    rule="IS009",
    name="status_names",
    default=("status", "statusCode", "code"),
    meaning="Properties in which an error tells its status.",
)


def _judge(transaction: Transaction, run: RunEvidence) -> Finding:
    exchange, operation = transaction.exchange, run.operation_of(transaction)
    if operation is None or exchange.response is None or answered_by_gateway(exchange):
        return not_applicable("no function answered")
    route = run.route_of(operation)
    if not isinstance(route, Missing) and not _infers(route.value):
        return not_applicable("the integration infers no responses: it is no function with payload format 2.0")
    if exchange.response.status == _SUCCESS and (fault := _error(exchange.response, operation, run)) is not None:
        shown = Comparison(
            what="body of a 200", expected="no error", actual=exchange.response.body.decode("utf-8", "replace")[:2000]
        )
        message = f"an error was answered 200: the body {fault}{_how(route)}"
        return broken(message, evidence=transaction, comparison=shown, reached_backend=True)
    if isinstance(route, Missing):
        return undetermined(route, evidence=transaction)
    if exchange.response.status >= _FIRST_ERROR_STATUS:
        return held("the function said the status of its error itself", evidence=transaction)
    return held("the success is no error", evidence=transaction)


def _infers(route: Route | None) -> bool:
    return route is not None and route.integration is not None and route.integration.infers_responses


def _how(route: Evidence[Route | None]) -> str:
    told = "the payload format could not be read" if isinstance(route, Missing) else "payload format 2.0 infers 200"
    return f" ({told})"


def _error(response: HttpResponse, operation: JudgedOperation, run: RunEvidence) -> str | None:
    """Say what makes the body of a success an error; None where it is none, or is declared to be so."""
    value = json_of(response) if is_json(media_type(response.headers)) else NotJson(reason="no JSON")
    if not isinstance(value, dict):
        return None
    declared = _declared(operation, run)
    for name in _ERROR_NAMES.of(run):
        if value.get(name) and name not in declared:
            return f"has {name!r}"
    for name in _STATUS_NAMES.of(run):
        if name not in declared and _is_error_status(value.get(name)):
            return f"says {name} {value[name]}"
    return None if declared else _as_model(value, run)


def _declared(operation: JudgedOperation, run: RunEvidence) -> Mapping[str, Any]:
    """Return the properties that the contract declares for the success."""
    response = operation.declared.response_for(_SUCCESS)
    schema = response.schema_for("application/json") if response else None
    found = resolved_schema(schema, run.contract.document) if isinstance(schema, Mapping) else {}
    properties = found.get("properties")
    return properties if isinstance(properties, Mapping) else {}


def _is_error_status(value: object) -> bool:
    text = str(value)
    return text.isdecimal() and _FIRST_ERROR_STATUS <= int(text) < 600  # noqa: PLR2004 - HTTP's last class


def _as_model(value: dict[str, Any], run: RunEvidence) -> str | None:
    model = run.expectations.errors.model
    schema = run.schemas.named(model) if model is not None else None
    is_error = schema is not None and not run.schemas.errors(schema, value)
    return f"is the error model {model}" if is_error else None


RULE = Rule(
    code="IS009",
    title="A function of an HTTP API says the status of its errors itself",
    severity=Severity.ERROR,
    step=Step.INTEGRATION_RESPONSE,
    why="With payload format 2.0 API Gateway answers 200 for what has no statusCode: clients take errors for data.",
    fix="Return statusCode with every answer, or use payload format 1.0, which refuses an answer without one.",
    source_url="https://www.repost.aws/knowledge-center/api-gateway-status-codes-http-api",
    failure_modes=("int-httpapi-v2-inferred",),
    parameters=(
        _ERROR_NAMES,
        _STATUS_NAMES,
    ),
    judge=PerTransaction(_judge),
    api_kinds=HTTP_ONLY,
)
