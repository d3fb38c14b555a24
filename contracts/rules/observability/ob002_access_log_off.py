"""OB002: the stage must write an access log."""

from contracts.evidence import Missing
from contracts.rule import PerStage, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, undetermined


def _judge(run: RunEvidence) -> Finding:
    stage = run.stage
    if isinstance(stage, Missing):
        return undetermined(stage)
    if stage.value.access_log_settings is None:
        return broken("the stage has no access-log settings")
    return held(f"writes to {stage.value.access_log_settings.log_group_name}")


RULE = Rule(
    code="OB002",
    title="The stage writes an access log",
    severity=Severity.WARNING,
    step=Step.STAGE,
    why="Without it there is no line a request that says who called, what answered and how long it took.",
    fix="Set a destination and a format in the stage's access-log settings.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html",
    failure_modes=("obs-access-log-off",),
    judge=PerStage(_judge),
)
