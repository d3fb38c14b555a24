"""GR003: a gateway response must carry the headers that the contract requires for its status."""

from contracts.attribution import answered_by, answered_by_gateway
from contracts.evidence import Transaction
from contracts.request_parts import is_owed
from contracts.rule import EVERY_KIND, PerTransaction, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable


def _judge(transaction: Transaction, run: RunEvidence) -> Finding:
    exchange, operation = transaction.exchange, run.operation_of(transaction)
    if operation is None or exchange.response is None or not answered_by_gateway(exchange):
        return not_applicable("the gateway did not answer itself")
    declared = operation.declared.response_for(exchange.response.status)
    headers = declared.headers if declared else {}
    required = [name for name, header in headers.items() if header.required and is_owed(name, exchange)]
    if not required:
        return not_applicable("no header is required for this status")
    missing = [name for name in required if name not in exchange.response.headers]
    if missing:
        who = answered_by(transaction)
        message = f"the {who}'s {exchange.response.status} lacks the header {', '.join(missing)}"
        return broken(message, evidence=transaction, answered_by=who)
    return held("every required header is there", evidence=transaction)


RULE = Rule(
    code="GR003",
    title="Gateway responses carry the headers that the contract requires",
    severity=Severity.WARNING,
    step=Step.GATEWAY_RESPONSE,
    why="Security, CORS and correlation headers are promised for every answer; the gateway's own lack them first.",
    fix="Set the headers as response parameters of DEFAULT_4XX, DEFAULT_5XX and of every type with its own response.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html",
    failure_modes=("thr-429-shape",),
    explained_by=("CO006", "CO007", "ER001"),
    api_kinds=EVERY_KIND,
    judge=PerTransaction(_judge),
)
