"""IQ002: the request id must reach the backend in the correlation header."""

from contracts.attribution import endpoint_was_called
from contracts.evidence import Missing, Transaction
from contracts.rule import PerTransaction, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined
from gateway.rest_api import IntegrationType


def _judge(transaction: Transaction, run: RunEvidence) -> Finding:
    header = run.expectations.correlation.header
    method = run.deployed_method(transaction.exchange.resource_path, transaction.exchange.http_method)
    if header is None or isinstance(method, Missing) or method.value is None or method.value.integration is None:
        return not_applicable("no correlation header is expected here")
    if method.value.integration.integration_type in {IntegrationType.MOCK, IntegrationType.AWS_PROXY}:
        return not_applicable("a mock calls nobody; a Lambda proxy event carries requestContext.requestId")
    if isinstance(transaction.execution, Missing):
        return undetermined(transaction.execution, evidence=transaction)
    execution = transaction.execution.value
    if not endpoint_was_called(execution):
        return not_applicable("the backend was not called")
    headers = execution.endpoint_request_headers
    if headers is None:
        return undetermined(
            "the execution log has no endpoint request headers (data trace is off)", evidence=transaction
        )
    sent = headers.get(header)
    if sent == execution.request_id:
        return held(f"{header} carried the request id", evidence=transaction)
    if sent is None and headers.truncated:
        return undetermined("the endpoint request headers are cut at 1,024 bytes", evidence=transaction)
    return broken(f"{header} was {sent!r} instead of the request id {execution.request_id}", evidence=transaction)


RULE = Rule(
    code="IQ002",
    title="The correlation header carries the request id to the backend",
    severity=Severity.WARNING,
    step=Step.INTEGRATION_REQUEST,
    why="Without it nobody can find the backend's log lines of a request that a client complains about.",
    fix="Map integration.request.header.<name> to context.requestId in the integration request.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html",
    failure_modes=("err-requestid-missing",),
    judge=PerTransaction(_judge),
)
