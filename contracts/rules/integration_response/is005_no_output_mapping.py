"""IS005: every answer of an endpoint must have an integration response with a declared status."""

from contracts.evidence import Missing, Transaction
from contracts.rule import PerTransaction, Rule
from contracts.run_evidence import RunEvidence
from contracts.unlogged import unlogged
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable

_FAILURES = ("No match for output mapping", "Output mapping refers to an invalid method response")


def _judge(transaction: Transaction, run: RunEvidence) -> Finding:
    if transaction.exchange.resource_path is None:
        return not_applicable("addresses no operation")
    if isinstance(transaction.execution, Missing):
        return unlogged(transaction, transaction.execution)
    failure = transaction.execution.value.failure or ""
    if any(text in failure for text in _FAILURES):
        return broken(failure, evidence=transaction)
    if not transaction.execution.value.completed or _is_proxy(transaction, run):
        return not_applicable("no answer was mapped")
    return held("the answer has an integration response", evidence=transaction)


def _is_proxy(transaction: Transaction, run: RunEvidence) -> bool:
    integration = run.deployed_integration(transaction)
    return integration is not None and integration.integration_type.is_proxy


RULE = Rule(
    code="IS005",
    title="Every endpoint answer finds an integration response with a declared status",
    severity=Severity.ERROR,
    step=Step.INTEGRATION_RESPONSE,
    why="API Gateway answers 500 though the backend did its work: a retry does it twice.",
    fix="Add a default integration response, and a method response for every status it refers to.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-integration-settings-integration-response.html",
    failure_modes=("int-no-output-mapping", "int-invalid-method-response"),
    judge=PerTransaction(_judge),
)
