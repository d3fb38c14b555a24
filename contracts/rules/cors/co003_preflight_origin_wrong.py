"""CO003: a preflight from an allowed origin must be told that it is allowed."""

from contracts.evidence import Exchange
from contracts.preflights import answered_preflights
from contracts.rule import EVERY_KIND, PerResource, Rule
from contracts.run_evidence import JudgedResource, RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable


def _judge(resource: JudgedResource, run: RunEvidence) -> Finding:
    answered = answered_preflights(resource, run)
    for transaction in answered:
        exchange = transaction.exchange
        origin = exchange.request.headers.get("origin")
        allowed = exchange.response_header("access-control-allow-origin")
        if allowed not in {origin, "*"}:
            return broken(f"the preflight of {origin} is told {allowed!r}", evidence=transaction)
        if run.expectations.cors.allow_credentials and not _allows_credentials(exchange):
            return broken(f"the preflight of {origin} is not told that credentials are allowed", evidence=transaction)
    if not answered:
        return not_applicable("no preflight from an allowed origin was answered")
    return held("allowed origins are told that they are allowed", evidence=answered[0])


def _allows_credentials(exchange: Exchange) -> bool:
    return exchange.response_header("access-control-allow-credentials") == "true"


RULE = Rule(
    code="CO003",
    title="A preflight from an allowed origin is told that it is allowed",
    severity=Severity.ERROR,
    step=Step.INTEGRATION_RESPONSE,
    why="The browser blocks the call of an application that should work.",
    fix="Map Access-Control-Allow-Origin in the integration response of OPTIONS.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-cors.html",
    failure_modes=("cors-nonproxy-param-not-mapped",),
    explained_by=("CO002", "CO010", "MS005", "CO013", "CO014"),
    api_kinds=EVERY_KIND,
    judge=PerResource(_judge),
)
