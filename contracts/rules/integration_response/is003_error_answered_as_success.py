"""IS003: an error of the endpoint must not be answered as a success."""

from contracts.endpoint_errors import Unreadable, function_error_message
from contracts.evidence import Missing, Transaction
from contracts.rule import PerTransaction, Rule
from contracts.run_evidence import RunEvidence
from contracts.unlogged import unlogged
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined
from gateway.execution import Execution
from gateway.rest_api import Integration, IntegrationType

_FIRST_ERROR_STATUS = 400


def _judge(transaction: Transaction, run: RunEvidence) -> Finding:
    exchange = transaction.exchange
    method = run.deployed_method(exchange.resource_path, exchange.http_method)
    if isinstance(method, Missing):
        return undetermined(method, evidence=transaction)
    integration = method.value.integration if method.value else None
    if integration is None or integration.integration_type not in {IntegrationType.AWS, IntegrationType.HTTP}:
        return not_applicable("the integration maps no response")
    if isinstance(transaction.execution, Missing):
        return unlogged(transaction, transaction.execution)
    error = _endpoint_error(transaction.execution.value, integration)
    if isinstance(error, Unreadable):
        return undetermined(error.reason, evidence=transaction)
    if error is None or exchange.response is None:
        return not_applicable("the endpoint answered without an error")
    if exchange.response.status < _FIRST_ERROR_STATUS:
        return broken(f"the endpoint failed ({error}), the client got {exchange.response.status}", evidence=transaction)
    return held("the endpoint's error is answered as an error", evidence=transaction)


def _endpoint_error(execution: Execution, integration: Integration) -> str | Unreadable | None:
    status = execution.endpoint_status or 0
    if status >= _FIRST_ERROR_STATUS:
        return f"status {status}"
    if integration.lambda_arn is None:
        return None
    message = function_error_message(execution)
    return (message[:80] or "no errorMessage") if isinstance(message, str) else message


RULE = Rule(
    code="IS003",
    title="An error of the endpoint is answered as an error",
    severity=Severity.ERROR,
    step=Step.INTEGRATION_RESPONSE,
    why="Clients take a failure for a success, and every error metric stays silent.",
    fix="Add an integration response whose selection pattern matches the error and give it a 4xx or 5xx status.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/handle-errors-in-lambda-integration.html",
    failure_modes=("err-5xx-masked-2xx", "int-lambda-error-200"),
    explained_by=("IS002",),
    judge=PerTransaction(_judge),
)
