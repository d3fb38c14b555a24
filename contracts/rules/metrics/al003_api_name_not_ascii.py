"""AL003: the API's name must be ASCII, since metrics carry it."""

from contracts.evidence import Missing
from contracts.rule import PerStage, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, undetermined


def _judge(run: RunEvidence) -> Finding:
    api = run.configuration.rest_api
    if isinstance(api, Missing):
        return undetermined(api)
    if not api.value.name.isascii():
        return broken(f"the name {api.value.name!r} loses its non-ASCII characters in the ApiName dimension")
    return held("the name is ASCII")


RULE = Rule(
    code="AL003",
    title="The API's name is ASCII",
    severity=Severity.WARNING,
    step=Step.STAGE,
    why="CloudWatch drops other characters from ApiName: alarms on the real name never get data.",
    fix="Rename the API, or use the stripped name in alarms and dashboards.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html",
    failure_modes=("obs-apiname-nonascii",),
    judge=PerStage(_judge),
)
