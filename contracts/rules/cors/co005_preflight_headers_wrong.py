"""CO005: a preflight must allow the headers that calls of the contract need."""

from contracts.evidence import Transaction
from contracts.preflights import judge_preflights, listed
from contracts.rule import EVERY_KIND, PerResource, Rule
from contracts.run_evidence import JudgedResource, RunEvidence
from contracts.verdict import Finding, Severity, Step


def _judge(resource: JudgedResource, run: RunEvidence) -> Finding:
    return judge_preflights(resource, run, fault=_fault, right="every needed header is allowed")


def _fault(transaction: Transaction) -> str | None:
    request = transaction.exchange.request.headers.get("access-control-request-headers") or ""
    asked = {name.strip().lower() for name in request.split(",") if name.strip()}
    allowed = listed(transaction, "access-control-allow-headers")
    refused = asked - allowed - ({*asked} - {"authorization"} if "*" in allowed else set())
    return f"the preflight refuses the header {', '.join(sorted(refused))}" if refused else None


RULE = Rule(
    code="CO005",
    title="Preflights allow the headers that calls need",
    severity=Severity.ERROR,
    step=Step.INTEGRATION_RESPONSE,
    why="The browser blocks every call that carries the API key, the token or JSON. '*' does not cover Authorization.",
    fix="List content-type, authorization, x-api-key and your own headers in Access-Control-Allow-Headers.",
    source_url="https://fetch.spec.whatwg.org/#http-access-control-allow-headers",
    failure_modes=("cors-allow-methods-drift",),
    explained_by=("CO002", "CO010", "MS005", "CO014"),
    api_kinds=EVERY_KIND,
    judge=PerResource(_judge),
)
