"""CO003: a preflight from an allowed origin must be told that it is allowed."""

from contracts.evidence import Exchange, Transaction
from contracts.preflights import judge_preflights
from contracts.rule import EVERY_KIND, PerResource, Rule
from contracts.run_evidence import JudgedResource, RunEvidence
from contracts.verdict import Finding, Severity, Step


def _judge(resource: JudgedResource, run: RunEvidence) -> Finding:
    def fault(transaction: Transaction) -> str | None:
        return _fault(transaction.exchange, wants_credentials=run.expectations.cors.allow_credentials)

    return judge_preflights(resource, run, fault=fault, right="allowed origins are told that they are allowed")


def _fault(exchange: Exchange, *, wants_credentials: bool) -> str | None:
    origin = exchange.request.headers.get("origin")
    allowed = exchange.response_header("access-control-allow-origin")
    if allowed not in {origin, "*"}:
        return f"the preflight of {origin} is told {allowed!r}"
    if wants_credentials and exchange.response_header("access-control-allow-credentials") != "true":
        return f"the preflight of {origin} is not told that credentials are allowed"
    return None


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
