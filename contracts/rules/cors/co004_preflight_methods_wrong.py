"""CO004: a preflight must allow every method that the contract declares."""

from contracts.evidence import Transaction
from contracts.preflights import judge_preflights, listed
from contracts.rule import EVERY_KIND, PerResource, Rule
from contracts.run_evidence import JudgedResource, RunEvidence
from contracts.verdict import Finding, Severity, Step

_ALWAYS_ALLOWED = {"get", "head", "post"}


def _judge(resource: JudgedResource, run: RunEvidence) -> Finding:
    return judge_preflights(resource, run, fault=_fault, right="every declared method is allowed")


def _fault(transaction: Transaction) -> str | None:
    asked = (transaction.exchange.request.headers.get("access-control-request-method") or "").lower()
    allowed = listed(transaction, "access-control-allow-methods")
    if not asked or asked in allowed | _ALWAYS_ALLOWED or "*" in allowed:
        return None
    shown = ", ".join(sorted(allowed)).upper() or "none"
    return f"the preflight for {asked.upper()} allows only {shown}"


RULE = Rule(
    code="CO004",
    title="Preflights allow every method that the contract declares",
    severity=Severity.ERROR,
    step=Step.INTEGRATION_RESPONSE,
    why="The preflight answers, and the browser still blocks PUT, PATCH and DELETE.",
    fix="List all methods of the resource in Access-Control-Allow-Methods of its OPTIONS method.",
    source_url="https://fetch.spec.whatwg.org/#http-access-control-allow-methods",
    failure_modes=("cors-allow-methods-drift",),
    explained_by=("CO002", "CO010", "MS005", "CO014"),
    api_kinds=EVERY_KIND,
    judge=PerResource(_judge),
)
