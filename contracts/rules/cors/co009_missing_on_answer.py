"""CO009: the answers of the backend to an allowed origin must carry the CORS header."""

from contracts.attribution import answered_by_edge, answered_by_gateway
from contracts.evidence import Origin, Transaction
from contracts.rule import EVERY_KIND, PerTransaction, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable


def _judge(transaction: Transaction, run: RunEvidence) -> Finding:
    exchange = transaction.exchange
    origin = exchange.request.headers.get("origin")
    if not run.expectations.cors.is_allowed(origin) or exchange.origin is Origin.PREFLIGHT:
        return not_applicable("no allowed origin asked")
    refused_before = answered_by_gateway(exchange) or answered_by_edge(transaction)
    if exchange.response is None or exchange.resource_path is None or refused_before:
        return not_applicable("no operation answered")
    allowed = exchange.response_header("access-control-allow-origin")
    if allowed in {origin, "*"}:
        return held("the origin is told that it is allowed", evidence=transaction)
    return broken(f"{exchange.response.status} tells {origin} {allowed!r}", evidence=transaction)


RULE = Rule(
    code="CO009",
    title="Answers to an allowed origin carry Access-Control-Allow-Origin",
    severity=Severity.ERROR,
    step=Step.INTEGRATION_RESPONSE,
    why="The preflight passes and the real call is blocked: 'Enable CORS' mends OPTIONS only.",
    fix="Return the header from the Lambda function (proxy) or map it in the integration response (non-proxy).",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-cors.html",
    failure_modes=("cors-proxy-backend-missing",),
    explained_by=("MS005", "CO013"),
    api_kinds=EVERY_KIND,
    judge=PerTransaction(_judge),
)
