"""OB002: the stage must write an access log."""

from contracts.evidence import Missing
from contracts.rule import EVERY_KIND, PerStage, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, undetermined


def _judge(run: RunEvidence) -> Finding:
    settings = run.access_log_settings
    if isinstance(settings, Missing):
        return undetermined(settings)
    if settings.value is None:
        return broken("the stage has no access-log settings")
    return held(f"writes to {settings.value.log_group_name}")


RULE = Rule(
    code="OB002",
    title="The stage writes an access log",
    severity=Severity.WARNING,
    step=Step.STAGE,
    why="Without it there is no line a request that says who called, what answered and how long it took.",
    fix="Set a destination and a format in the stage's access-log settings.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html",
    failure_modes=("obs-access-log-off",),
    api_kinds=EVERY_KIND,
    judge=PerStage(_judge),
)
