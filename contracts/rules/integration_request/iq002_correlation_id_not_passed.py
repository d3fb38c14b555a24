"""IQ002: the request id must reach the backend in the correlation header."""

from contracts.attribution import endpoint_was_called
from contracts.evidence import Missing, Transaction
from contracts.rule import PerTransaction, Rule
from contracts.run_evidence import RunEvidence
from contracts.unlogged import unlogged
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined
from gateway.execution import Execution
from gateway.rest_api import IntegrationType


def _judge(transaction: Transaction, run: RunEvidence) -> Finding:
    header = run.expectations.correlation.header
    method = run.deployed_method(transaction.exchange.resource_path, transaction.exchange.http_method)
    if header is None:
        return not_applicable("no correlation header is expected ([correlation] header)")
    if isinstance(method, Missing):
        return undetermined(method, evidence=transaction)
    integration = method.value.integration if method.value else None
    if integration is None or integration.integration_type in {IntegrationType.MOCK, IntegrationType.AWS_PROXY}:
        return not_applicable("nobody is called, or a Lambda proxy event carries requestContext.requestId")
    if integration.integration_type is IntegrationType.AWS and integration.lambda_arn is None:
        return not_applicable("an AWS service reads no header of ours")
    if isinstance(transaction.execution, Missing):
        return unlogged(transaction, transaction.execution)
    execution = transaction.execution.value
    if not endpoint_was_called(execution):
        return not_applicable("the backend was not called")
    return _carried(transaction, execution, header, is_function=integration.lambda_arn is not None)


def _carried(transaction: Transaction, execution: Execution, header: str, *, is_function: bool) -> Finding:
    headers, body = execution.endpoint_request_headers, execution.endpoint_request_body
    if headers is None:
        return undetermined("the execution log has no endpoint request headers", evidence=transaction)
    sent = headers.get(header)
    if sent == execution.request_id:
        return held(f"{header} carried the request id", evidence=transaction)
    if is_function and body is not None and execution.request_id in body.text:
        return held("the function's event carried the request id", evidence=transaction)
    if headers.truncated and (sent is None or headers.is_cut(header)):
        return undetermined("the log cut the endpoint request headers at 1,024 bytes", evidence=transaction)
    if is_function and body is not None and body.truncated:
        return undetermined("the log cut the function's event at 1,024 bytes", evidence=transaction)
    told = "was not sent" if sent is None else f"was {sent!r}"
    return broken(f"{header} {told} instead of the request id {execution.request_id}", evidence=transaction)


RULE = Rule(
    code="IQ002",
    title="The correlation header carries the request id to the backend",
    severity=Severity.WARNING,
    step=Step.INTEGRATION_REQUEST,
    why="Without it nobody can find the backend's log lines of a request that a client complains about.",
    fix="Map integration.request.header.<name> to context.requestId; give a Lambda function the id in its event.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html",
    failure_modes=("err-requestid-missing",),
    judge=PerTransaction(_judge),
)
