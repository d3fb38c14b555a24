"""CO008: a foreign origin must not be allowed."""

from contracts.attribution import answered_by_gateway
from contracts.evidence import Exchange, Transaction
from contracts.rule import EVERY_KIND, PerTransaction, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable


def _judge(transaction: Transaction, run: RunEvidence) -> Finding:
    cors, exchange = run.expectations.cors, transaction.exchange
    origin = exchange.request.headers.get("origin")
    if not cors.allowed_origins or origin is None or cors.is_allowed(origin):
        return not_applicable("no foreign origin asked")
    if exchange.response is None:
        return not_applicable("no answer came")
    allowed = exchange.response_header("access-control-allow-origin")
    if allowed == origin:
        return broken(f"the foreign origin {origin} is reflected", evidence=transaction)
    if allowed == "*" and _is_static(exchange):
        return held("'*' stands on an error of the gateway's own, which holds no data", evidence=transaction)
    if allowed == "*":
        return broken("every origin is allowed by '*'", evidence=transaction)
    return held(f"the foreign origin is told {allowed!r}", evidence=transaction)


def _is_static(exchange: Exchange) -> bool:
    """Whether a gateway response says '*': it cannot choose among origins, and without credentials it tells nothing."""
    with_credentials = exchange.response_header("access-control-allow-credentials") == "true"
    return answered_by_gateway(exchange) and not with_credentials


RULE = Rule(
    code="CO008",
    title="Only allowed origins are told that they are allowed",
    severity=Severity.ERROR,
    step=Step.INTEGRATION_RESPONSE,
    why="Any site that a signed-in user visits can read the answers.",
    fix="Answer with one of the allowed origins; never reflect the Origin header unchecked.",
    source_url="https://portswigger.net/web-security/cors",
    failure_modes=("cors-origin-reflection",),
    api_kinds=EVERY_KIND,
    judge=PerTransaction(_judge),
)
