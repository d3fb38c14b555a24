"""OB004: X-Ray tracing must be on."""

from contracts.evidence import Missing
from contracts.rule import PerStage, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, undetermined


def _judge(run: RunEvidence) -> Finding:
    stage = run.stage
    if isinstance(stage, Missing):
        return undetermined(stage)
    if not stage.value.tracing_enabled:
        return broken("tracing is off for the stage")
    return held("tracing is on")


RULE = Rule(
    code="OB004",
    title="X-Ray tracing is on",
    severity=Severity.NOTE,
    step=Step.STAGE,
    why="Without traces nobody sees where the time of a slow request went.",
    fix="Set tracingEnabled on the stage.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-xray.html",
    failure_modes=("obs-xray-off",),
    judge=PerStage(_judge),
)
