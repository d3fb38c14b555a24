"""DP003: no canary may answer part of the requests during a contract run."""

from contracts.evidence import Missing
from contracts.rule import PerStage, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, undetermined


def _judge(run: RunEvidence) -> Finding:
    stage = run.stage
    if isinstance(stage, Missing):
        return undetermined(stage)
    canary = stage.value.canary_settings
    if canary is not None and canary.percent_traffic > 0:
        return broken(f"a canary answers {canary.percent_traffic:g} % of the requests from another deployment")
    return held("one deployment answers all requests")


RULE = Rule(
    code="DP003",
    title="One deployment answers all requests",
    severity=Severity.WARNING,
    step=Step.STAGE,
    why="Two versions answer at random: verdicts of one run mix both.",
    fix="Promote or remove the canary before a contract run.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/canary-release.html",
    failure_modes=("deploy-canary-mixed",),
    judge=PerStage(_judge),
)
