"""IQ007: the gateway must be able to call the endpoint of every operation."""

from contracts.attribution import AnsweredBy, answered_by, endpoint_was_called, was_provoked
from contracts.evidence import Missing, Transaction
from contracts.rule import PerTransaction, Rule
from contracts.run_evidence import RunEvidence
from contracts.unlogged import unlogged
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable

_FAILURES = (
    "Invalid endpoint address",
    "Invalid permissions on Lambda function",
    "Rate Exceeded",
    "network error",
    "Network error",
    "does not match the certificate",
    "PKIX path building failed",
    "Received fatal alert",
)


def _judge(transaction: Transaction, _run: RunEvidence) -> Finding:
    if transaction.exchange.resource_path is None:
        return not_applicable("addresses no operation")
    if isinstance(transaction.execution, Missing):
        return unlogged(transaction, transaction.execution)
    execution = transaction.execution.value
    failure = execution.failure or ""
    if was_provoked(transaction.exchange):
        return not_applicable("the failure was provoked")
    if answered_by(transaction) is AnsweredBy.AUTHORIZER:
        return not_applicable("the authorizer failed or refused, not the endpoint")
    if any(text in failure for text in _FAILURES):
        return broken(f"the endpoint could not be called: {failure}", evidence=transaction)
    if not endpoint_was_called(execution):
        return not_applicable("the endpoint was not to be called")
    return held("the endpoint could be called", evidence=transaction)


RULE = Rule(
    code="IQ007",
    title="The endpoint of every operation can be called",
    severity=Severity.ERROR,
    step=Step.INTEGRATION_REQUEST,
    why="Permission, address, certificate or network are wrong: every call of the operation fails.",
    fix="Grant apigateway.amazonaws.com lambda:InvokeFunction, or mend the URI, certificate chain or network.",
    source_url="https://repost.aws/knowledge-center/api-gateway-lambda-template-invoke-error",
    failure_modes=(
        "int-lambda-permission",
        "int-invalid-endpoint",
        "int-integration-failure",
        "int-tls-backend",
        "int-lambda-throttle",
    ),
    explained_by=("IQ004",),
    judge=PerTransaction(_judge),
)
