"""IS002: a selection pattern must match the errors that it is written for."""

import re

from contracts.bodies import NotJson, parse_json
from contracts.evidence import Missing, Transaction
from contracts.rule import PerTransaction, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined
from gateway.execution import Execution
from gateway.rest_api import Integration, IntegrationType


def _judge(transaction: Transaction, run: RunEvidence) -> Finding:
    method = run.deployed_method(transaction.exchange.resource_path, transaction.exchange.http_method)
    if isinstance(method, Missing):
        return undetermined(method, evidence=transaction)
    integration = method.value.integration if method.value else None
    if integration is None or integration.integration_type is not IntegrationType.AWS or not _patterns(integration):
        return not_applicable("no selection pattern reads error messages here")
    if isinstance(transaction.execution, Missing):
        return undetermined(transaction.execution, evidence=transaction)
    message = _error_message(transaction.execution.value)
    if message is None:
        return not_applicable("the endpoint answered without an error")
    if any(re.fullmatch(pattern, message) for pattern in _patterns(integration)):
        return held("a selection pattern matches the whole message", evidence=transaction)
    for pattern in _patterns(integration):
        if re.search(pattern, message, re.DOTALL):
            cause = "has several lines, and '.' excludes a newline" if "\n" in message else "is longer"
            text = f"pattern {pattern!r} is found in the error message but does not match it whole: the message {cause}"
            return broken(text, evidence=transaction)
    return broken(f"no selection pattern matches the error message {message[:80]!r}", evidence=transaction)


def _patterns(integration: Integration) -> list[str]:
    return [response.selection_pattern for response in integration.integration_responses if response.selection_pattern]


def _error_message(execution: Execution) -> str | None:
    body = execution.endpoint_response_body
    value = parse_json(body.text) if body is not None else None
    if isinstance(value, NotJson) or not isinstance(value, dict):
        return None
    message = value.get("errorMessage")
    return message if isinstance(message, str) else None


RULE = Rule(
    code="IS002",
    title="Selection patterns match the error messages they are written for",
    severity=Severity.ERROR,
    step=Step.INTEGRATION_RESPONSE,
    why="A pattern is matched against the whole message: a substring or a line break lets an error pass as 200.",
    fix="Write the pattern for the whole message, with (?s) or [\\s\\S]* where it has several lines.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/handle-errors-in-lambda-integration.html",
    failure_modes=("int-selection-fullmatch", "int-selection-multiline"),
    judge=PerTransaction(_judge),
)
