"""IS002: a selection pattern must match the errors that it is written for."""

from contracts.attribution import is_accepted
from contracts.endpoint_errors import Unreadable, function_error_message
from contracts.evidence import Missing, Transaction
from contracts.rule import PerTransaction, Rule
from contracts.run_evidence import RunEvidence
from contracts.unlogged import unlogged
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined
from gateway.integration_response import full_match
from gateway.rest_api import Integration, IntegrationType


def _judge(transaction: Transaction, run: RunEvidence) -> Finding:
    method = run.deployed_method(transaction.exchange.resource_path, transaction.exchange.http_method)
    if isinstance(method, Missing):
        return undetermined(method, evidence=transaction)
    integration = method.value.integration if method.value else None
    if integration is None or not _reads_error_messages(integration):
        return not_applicable("no selection pattern reads error messages here")
    if isinstance(transaction.execution, Missing):
        return unlogged(transaction, transaction.execution)
    message = function_error_message(transaction.execution.value)
    if message is None:
        return not_applicable("the function answered without an error")
    if isinstance(message, Unreadable):
        return undetermined(message.reason, evidence=transaction)
    return _matched(transaction, message, _patterns(integration))


def _matched(transaction: Transaction, message: str, patterns: list[str]) -> Finding:
    if any(full_match(pattern, message) for pattern in patterns):
        return held("a selection pattern matches the whole message", evidence=transaction)
    for pattern in patterns:
        if full_match(rf"[\s\S]*(?:{pattern})[\s\S]*", message) or full_match(rf"(?s){pattern}", message):
            cause = "has several lines, and '.' excludes a newline" if "\n" in message else "is longer"
            text = f"pattern {pattern!r} is found in the error message but does not match it whole: the message {cause}"
            return broken(text, evidence=transaction)
    if not is_accepted(transaction.exchange):
        return held("no selection pattern matches, and the default answers an error", evidence=transaction)
    return broken(f"no selection pattern matches the error message {message[:80]!r}", evidence=transaction)


def _reads_error_messages(integration: Integration) -> bool:
    is_function = integration.integration_type is IntegrationType.AWS and integration.lambda_arn is not None
    return is_function and bool(_patterns(integration))


def _patterns(integration: Integration) -> list[str]:
    return [response.selection_pattern for response in integration.integration_responses if response.selection_pattern]


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
