"""OB007: every access-log line must be readable by its own format."""

from contracts.evidence import Missing, Transaction
from contracts.rule import EVERY_KIND, PerTransaction, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable


def _judge(transaction: Transaction, _run: RunEvidence) -> Finding:
    entry = transaction.access_entry
    if isinstance(entry, Missing):
        return not_applicable("no access entry was found")
    if entry.value.invalid is not None:
        return broken(f"the access-log line cannot be read: {entry.value.invalid}", evidence=transaction)
    return held("the access-log line can be read", evidence=transaction)


RULE = Rule(
    code="OB007",
    title="Every access-log line is readable by its own format",
    severity=Severity.WARNING,
    step=Step.STAGE,
    why="A quote in one value makes the line invalid JSON: Logs Insights does not find its fields.",
    fix="Use $context.error.messageString without quotes, and leave values that clients choose out of the format.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html",
    failure_modes=("obs-access-log-invalid-json",),
    api_kinds=EVERY_KIND,
    judge=PerTransaction(_judge),
)
