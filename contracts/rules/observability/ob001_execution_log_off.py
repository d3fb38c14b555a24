"""OB001: execution logging must be on for every operation."""

from collections.abc import Iterator
from dataclasses import replace

from contracts.evidence import Missing
from contracts.rule import PerStage, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined

_EVERYTHING = "INFO"


def _judge(run: RunEvidence) -> Iterator[Finding]:
    stage = run.stage
    if isinstance(stage, Missing):
        yield undetermined(stage)
        return
    levels = {
        operation.name: stage.value.settings_for(operation.resource_path, operation.http_method).logging_level
        for operation in run.operations
    }
    wrong = {name: level for name, level in levels.items() if level != _EVERYTHING}
    if not levels:
        yield not_applicable("the contract has no operations")
    elif not wrong:
        yield held("the logging level is INFO")
    elif wrong == levels and len(set(levels.values())) == 1:  # one setting of the stage is one fault, not one a method
        yield _off(next(iter(levels.values())))
    else:
        for name, level in wrong.items():
            yield replace(_off(level), subject=name)


def _off(level: str) -> Finding:
    kept = "only failures leave" if level == "ERROR" else "nothing leaves"
    return broken(f"the logging level is {level}: {kept} a trace in the log")


RULE = Rule(
    code="OB001",
    title="Execution logging is on at INFO",
    severity=Severity.WARNING,
    step=Step.STAGE,
    why="Nobody can explain a 5xx, and no mapping can be judged.",
    fix="Set loggingLevel INFO in the stage's method settings, and a CloudWatch role for the account.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html",
    failure_modes=("obs-exec-log-off",),
    judge=PerStage(_judge),
)
