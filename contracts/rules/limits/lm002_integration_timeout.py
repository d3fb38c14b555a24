"""LM002: no request may run into the integration timeout."""

from contracts.attribution import (
    AnsweredBy,
    answered_by,
    endpoint_was_called,
    gateway_response_type,
    is_accepted,
    was_provoked,
)
from contracts.evidence import Missing, Transaction
from contracts.rule import PerTransaction, Rule
from contracts.run_evidence import RunEvidence
from contracts.unlogged import unlogged
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable
from gateway.rest_api import GatewayResponseType


def _judge(transaction: Transaction, _run: RunEvidence) -> Finding:
    exchange = transaction.exchange
    if exchange.resource_path is None:
        return not_applicable("addresses no operation")
    if was_provoked(exchange) and not is_accepted(exchange):
        return not_applicable("the failure was provoked")
    if gateway_response_type(transaction) is GatewayResponseType.INTEGRATION_TIMEOUT:
        return broken("the endpoint did not answer within the integration timeout", evidence=transaction)
    if isinstance(transaction.execution, Missing):
        return unlogged(transaction, transaction.execution)
    if answered_by(transaction) is AnsweredBy.AUTHORIZER:
        return not_applicable("the authorizer failed or refused, not the endpoint")
    if "timeout error" in (transaction.execution.value.failure or ""):
        return broken("the endpoint did not answer within the integration timeout", evidence=transaction)
    if not endpoint_was_called(transaction.execution.value):
        return not_applicable("the endpoint was not called")
    return held("the endpoint answered in time", evidence=transaction)


RULE = Rule(
    code="LM002",
    title="No request runs into the integration timeout",
    severity=Severity.ERROR,
    step=Step.BACKEND,
    why="The client gets 504 while the backend goes on: a retry does the work twice.",
    fix="Make the backend faster or asynchronous; keep its own timeout below the integration's.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html",
    failure_modes=("int-timeout-29", "int-timeout-mismatch"),
    judge=PerTransaction(_judge),
)
