"""OB010: no method may keep a data trace that the stage has switched off."""

from contracts.evidence import Missing
from contracts.rule import PerStage, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined


def _judge(run: RunEvidence) -> Finding:
    stage = run.stage
    if isinstance(stage, Missing):
        return undetermined(stage)
    settings = stage.value.method_settings
    if stage.value.settings_for("*", "*").data_trace_enabled:
        return not_applicable("data trace is on for the whole stage")
    left = sorted(name for name, own in settings.items() if name != "*/*" and own.data_trace_enabled)
    if left:
        return broken(f"data trace is off for the stage and still on for {', '.join(left)}")
    return held("data trace is off for every method")


RULE = Rule(
    code="OB010",
    title="No method keeps a data trace that the stage has switched off",
    severity=Severity.NOTE,
    step=Step.STAGE,
    why="Whoever switched data trace off believes it is off; a method's own setting outlives the stage's.",
    fix="Set dataTraceEnabled to false for these methods, or remove their settings from the stage.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html",
    failure_modes=("obs-data-trace-sticky",),
    judge=PerStage(_judge),
    explained_by=("OB009",),
)
