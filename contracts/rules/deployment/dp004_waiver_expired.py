"""DP004: no waiver may have expired."""

from collections.abc import Iterator

from contracts.rule import EVERY_KIND, PerStage, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable


def _judge(run: RunEvidence) -> Iterator[Finding]:
    if not run.expectations.waivers:
        yield not_applicable("there are no waivers")
    for waiver in run.expectations.waivers:
        if waiver.expires_on < run.today:
            yield broken(
                f"the waiver of {waiver.rule} on {waiver.subject} expired on {waiver.expires_on}: {waiver.reason}"
            )
        else:
            yield held(f"the waiver of {waiver.rule} is good until {waiver.expires_on}")


RULE = Rule(
    code="DP004",
    title="No waiver has expired",
    severity=Severity.WARNING,
    step=Step.STAGE,
    why="A waiver is a promise with a date; after it the fault counts again.",
    fix="Mend the fault and remove the waiver, or agree on a new date.",
    source_url="https://docs.aws.amazon.com/wellarchitected/latest/framework/welcome.html",
    api_kinds=EVERY_KIND,
    judge=PerStage(_judge),
)
