"""MS003: every header that the contract promises for a status must be there."""

from contracts.attribution import answered_by_edge, answered_by_gateway
from contracts.evidence import Transaction
from contracts.request_parts import is_owed
from contracts.rule import EVERY_KIND, PerTransaction, Rule
from contracts.run_evidence import JudgedOperation, RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable


def _judge(transaction: Transaction, run: RunEvidence) -> Finding:
    exchange, operation = transaction.exchange, run.operation_of(transaction)
    if operation is None or exchange.response is None:
        return not_applicable("no declared operation answered")
    if answered_by_edge(transaction):
        return not_applicable("the request did not arrive at the operation")
    if answered_by_gateway(exchange):
        return not_applicable("the gateway answered itself: its headers are judged by GR003")
    promised = [name for name in _promised(operation, exchange.response.status) if is_owed(name, exchange)]
    if not promised:
        return not_applicable("no header is promised for this answer")
    missing = [name for name in promised if name not in exchange.response.headers]
    if missing:
        return broken(f"{exchange.response.status} lacks the header {', '.join(missing)}", evidence=transaction)
    return held("every promised header is there", evidence=transaction)


def _promised(operation: JudgedOperation, status: int) -> list[str]:
    """Headers marked as required, and those that every integration response of this status maps."""
    declared = operation.declared.response_for(status)
    promised = [name for name, header in (declared.headers if declared else {}).items() if header.required]
    integration = operation.method.integration if operation.method else None
    if integration is None or integration.integration_type.is_proxy:
        return promised  # a proxy integration maps no headers, whatever its integration responses say
    mapped = [
        {
            target.removeprefix("method.response.header.").lower()
            for target, source in response.response_parameters.items()
            if source.startswith("'")
        }
        for response in integration.integration_responses
        if response.status_code == str(status)
    ]
    by_all = set[str].intersection(*mapped) if mapped else set()
    return promised + sorted(by_all - {known.lower() for known in promised})


RULE = Rule(
    code="MS003",
    title="Every promised response header is there",
    severity=Severity.ERROR,
    step=Step.METHOD_RESPONSE,
    why="Clients follow Location, read ETag and obey security headers: a missing one breaks them silently.",
    fix="Declare the header in the method response and map it in the integration response, or set it in the backend.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html",
    failure_modes=("cors-nonproxy-param-not-mapped",),
    explained_by=("MS005", "MS006"),
    api_kinds=EVERY_KIND,
    judge=PerTransaction(_judge),
)
