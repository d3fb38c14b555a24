"""AL004: every operation must have metrics of its own."""

from contracts.evidence import Missing
from contracts.rule import PerStage, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined


def _judge(run: RunEvidence) -> Finding:
    stage = run.stage
    if isinstance(stage, Missing):
        return undetermined(stage)
    if not run.operations:
        return not_applicable("the contract has no operations")
    without = [
        operation.name
        for operation in run.operations
        if not stage.value.settings_for(operation.resource_path, operation.http_method).metrics_enabled
    ]
    if len(without) == len(run.operations):
        return broken("detailed metrics are off: nothing is counted by resource and method")
    if without:
        return broken(f"detailed metrics are off for {', '.join(without)}")
    return held("every operation has metrics of its own")


RULE = Rule(
    code="AL004",
    title="Every operation has metrics of its own",
    severity=Severity.NOTE,
    step=Step.STAGE,
    why="Without the dimensions Resource and Method no alarm sees that one operation fails while the others are well.",
    fix="Set metricsEnabled in the stage's method settings.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html",
    failure_modes=("obs-detailed-metrics-off",),
    judge=PerStage(_judge),
)
