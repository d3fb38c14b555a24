"""CO001: a wildcard origin must not be combined with credentials."""

from contracts.evidence import Transaction
from contracts.rule import EVERY_KIND, PerTransaction, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable


def _judge(transaction: Transaction, _run: RunEvidence) -> Finding:
    exchange = transaction.exchange
    if exchange.response_header("access-control-allow-credentials") != "true":
        return not_applicable("no credentials are allowed")
    allowed = exchange.response_header("access-control-allow-origin")
    if allowed == "*":
        return broken("allows '*' together with credentials", evidence=exchange)
    return held(f"allows {allowed!r} with credentials", evidence=exchange)


RULE = Rule(
    code="CO001",
    title="A wildcard origin is not combined with credentials",
    severity=Severity.ERROR,
    step=Step.INTEGRATION_RESPONSE,
    why="Browsers refuse such an answer, so every credentialed call fails.",
    fix="Map one explicit origin in the integration response, or drop the credentials header.",
    source_url="https://fetch.spec.whatwg.org/#cors-protocol-and-credentials",
    failure_modes=("cors-star-credentials",),
    api_kinds=EVERY_KIND,
    judge=PerTransaction(_judge),
)
