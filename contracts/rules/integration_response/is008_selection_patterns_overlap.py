"""IS008: at most one selection pattern must match an answer of the endpoint."""

from contracts.endpoint_errors import Unreadable, function_error_message
from contracts.evidence import Missing, Transaction
from contracts.rule import PerOperation, Rule
from contracts.run_evidence import JudgedOperation, RunEvidence
from contracts.unlogged import unlogged
from contracts.verdict import Finding, Outcome, Severity, Step, broken, held, not_applicable, undetermined
from gateway.integration_response import full_match
from gateway.rest_api import Integration, IntegrationType

_STATUSES = range(100, 600)


def _judge(operation: JudgedOperation, _run: RunEvidence) -> Finding:
    if isinstance(operation.deployed, Missing):
        return undetermined(operation.deployed)
    integration = operation.deployed.value.integration if operation.deployed.value else None
    if integration is None or integration.integration_type.is_proxy:
        return not_applicable("no selection pattern chooses here")
    if sum(1 for response in integration.integration_responses if response.selection_pattern) < _PAIR:
        return not_applicable("there is at most one selection pattern")
    is_function = integration.integration_type is IntegrationType.AWS and integration.lambda_arn is not None
    texts = [(transaction, _text(transaction, is_function=is_function)) for transaction in operation.transactions]
    for transaction, text in texts:
        both = None if text is None else _overlap(integration, text)
        if both is not None:
            return broken(f"{(text or '')[:60]!r} matches {both}", evidence=transaction)
    return _by_message(texts) if is_function else _by_status(integration)


_PAIR = 2


def _text(transaction: Transaction, *, is_function: bool) -> str | None:
    """Return what the patterns are matched with: the function's error message, else the status."""
    if isinstance(transaction.execution, Missing):
        return None
    execution = transaction.execution.value
    if not is_function:
        return None if execution.endpoint_status is None else str(execution.endpoint_status)
    message = function_error_message(execution)
    return None if message is None or isinstance(message, Unreadable) else message


def _by_message(texts: list[tuple[Transaction, str | None]]) -> Finding:
    """Say what the observed error messages prove; what a function may yet say is in no configuration."""
    seen = next((transaction for transaction, text in texts if text is not None), None)
    if seen is not None:
        return held("no error message that was observed matches two patterns", evidence=seen)
    for transaction, _ in texts:
        if isinstance(transaction.execution, Missing):
            found = unlogged(transaction, transaction.execution)
            if found.outcome is Outcome.UNDETERMINED:
                return found
    return not_applicable("no error message of the function was observed")


def _by_status(integration: Integration) -> Finding:
    for status in _STATUSES:
        both = _overlap(integration, str(status))
        if both is not None:
            return broken(f"the status {status} matches {both} (by the configuration)")
    return held("no status matches two patterns")


def _overlap(integration: Integration, text: str) -> str | None:
    matching = [
        response
        for response in integration.integration_responses
        if response.selection_pattern and full_match(response.selection_pattern, text)
    ]
    if len(matching) < _PAIR:
        return None
    return " and ".join(f"{one.selection_pattern!r} ({one.status_code})" for one in matching)


RULE = Rule(
    code="IS008",
    title="At most one selection pattern matches an answer of the endpoint",
    severity=Severity.WARNING,
    step=Step.INTEGRATION_RESPONSE,
    why="API Gateway does not say which of two matching patterns wins: the status may change with a deployment.",
    fix="Make the patterns exclude each other, for example by a negative lookahead.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/handle-errors-in-lambda-integration.html",
    failure_modes=("int-selection-overlap",),
    judge=PerOperation(_judge),
)
