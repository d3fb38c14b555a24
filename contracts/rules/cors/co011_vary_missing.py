"""CO011: answers that differ by origin must say so to caches."""

from contracts.evidence import Transaction
from contracts.rule import EVERY_KIND, PerResource, Rule
from contracts.run_evidence import JudgedResource, RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable


def _judge(resource: JudgedResource, _run: RunEvidence) -> Finding:
    observed = [*resource.preflights, *(item for operation in resource.operations for item in operation.transactions)]
    allowed: dict[str, Transaction] = {}
    for transaction in observed:
        origin = transaction.exchange.response_header("access-control-allow-origin")
        if origin is not None and origin != "*":
            allowed.setdefault(origin, transaction)
    if len(allowed) < 2:  # noqa: PLR2004 - one origin differs from none
        return not_applicable("the allowed origin does not differ")
    for transaction in allowed.values():
        if "origin" not in (transaction.exchange.response_header("vary") or "").lower():
            return broken("Access-Control-Allow-Origin differs by origin without Vary: Origin", evidence=transaction)
    return held("Vary: Origin is there")


RULE = Rule(
    code="CO011",
    title="Answers that differ by origin carry Vary: Origin",
    severity=Severity.WARNING,
    step=Step.INTEGRATION_RESPONSE,
    why="A cache gives one origin the answer that was made for another, and the browser blocks it.",
    fix="Add Vary: Origin wherever Access-Control-Allow-Origin is computed.",
    source_url="https://fetch.spec.whatwg.org/#cors-protocol-and-http-caches",
    failure_modes=("cors-vary-missing",),
    api_kinds=EVERY_KIND,
    judge=PerResource(_judge),
)
