"""BN003: a payload that is to become binary must be base64."""

from contracts.evidence import Missing, Transaction
from contracts.rule import PerTransaction, Rule
from contracts.run_evidence import RunEvidence
from contracts.unlogged import unlogged
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined
from gateway.rest_api import ContentHandling, Integration

_FAILURE = "base64 decode"
_SERVER_ERROR = 500


def _judge(transaction: Transaction, run: RunEvidence) -> Finding:
    exchange = transaction.exchange
    execution = None if isinstance(transaction.execution, Missing) else transaction.execution.value
    if execution is not None and _FAILURE in (execution.failure or ""):
        return broken(f"the conversion to binary failed: {execution.failure}", evidence=transaction)
    method = run.deployed_method(exchange.resource_path, exchange.http_method)
    if isinstance(method, Missing):
        return undetermined(method, evidence=transaction)
    integration = method.value.integration if method.value else None
    if integration is None or not _converts(integration) or exchange.response is None:
        return not_applicable("nothing is converted to binary")
    if exchange.response.status < _SERVER_ERROR:
        return held("the conversion to binary did not fail", evidence=transaction)
    if isinstance(transaction.execution, Missing):
        return unlogged(transaction, transaction.execution)
    return not_applicable("the request failed for another reason")


def _converts(integration: Integration) -> bool:
    handlings = [integration.content_handling, *(one.content_handling for one in integration.integration_responses)]
    return ContentHandling.CONVERT_TO_BINARY in handlings


RULE = Rule(
    code="BN003",
    title="Payloads that are converted to binary are base64",
    severity=Severity.ERROR,
    step=Step.INTEGRATION_RESPONSE,
    why="CONVERT_TO_BINARY decodes base64: plain text or JSON, an error of the backend too, ends in 500.",
    fix="Drop the content handling, or set it only where the payload is base64.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings-workflow.html",
    failure_modes=("bin-convert-fail-500",),
    explained_by=("BN004",),
    judge=PerTransaction(_judge),
)
