"""OB001: execution logging must be on for every operation."""

from contracts.evidence import Missing
from contracts.rule import PerOperation, Rule
from contracts.run_evidence import JudgedOperation, RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, undetermined


def _judge(operation: JudgedOperation, run: RunEvidence) -> Finding:
    stage = run.stage
    if isinstance(stage, Missing):
        return undetermined(stage)
    level = stage.value.settings_for(operation.resource_path, operation.http_method).logging_level
    if level != "INFO":
        kept = "only failures leave" if level == "ERROR" else "nothing leaves"
        return broken(f"the logging level is {level}: {kept} a trace in the log")
    return held("the logging level is INFO")


RULE = Rule(
    code="OB001",
    title="Execution logging is on at INFO",
    severity=Severity.WARNING,
    step=Step.STAGE,
    why="Nobody can explain a 5xx, and no mapping can be judged.",
    fix="Set loggingLevel INFO in the stage's method settings, and a CloudWatch role for the account.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html",
    failure_modes=("obs-exec-log-off",),
    judge=PerOperation(_judge),
)
