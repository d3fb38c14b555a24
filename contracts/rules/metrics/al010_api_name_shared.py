"""AL010: no other REST API may carry the name of this one."""

from contracts.evidence import NOT_COLLECTED, Missing
from contracts.rule import PerStage, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined


def _judge(run: RunEvidence) -> Finding:
    namesakes = run.configuration.namesakes
    if namesakes == NOT_COLLECTED:
        return not_applicable("the names of other APIs were not collected")
    if isinstance(namesakes, Missing):
        return undetermined(namesakes)
    if namesakes.value:
        others = ", ".join(namesakes.value)
        return broken(f"other REST APIs have the same name ({others}): their metrics are added to this one's")
    return held("no other REST API of the Region has this name")


RULE = Rule(
    code="AL010",
    title="No other REST API has the name of this one",
    severity=Severity.WARNING,
    step=Step.STAGE,
    why="Metrics carry the name and not the id: alarms and dashboards show the sum of both APIs.",
    fix="Give each REST API of an account and Region a name of its own.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html",
    failure_modes=("obs-apiname-collision",),
    judge=PerStage(_judge),
)
