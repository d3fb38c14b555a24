"""LM001: the stage must have a throttle of its own."""

from contracts.evidence import Missing, Present
from contracts.rule import PerStage, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, undetermined


def _judge(run: RunEvidence) -> Finding:
    stage = run.stage
    if isinstance(stage, Missing):
        return undetermined(stage)
    account = run.configuration.account
    account_rate = account.value.throttle_rate_limit if isinstance(account, Present) else None
    rate = stage.value.settings_for("*", "*").throttling_rate_limit
    if rate is None or rate < 0 or (account_rate is not None and rate >= account_rate):
        return broken("the stage may use the whole request quota of the account and Region")
    return held(f"the stage is throttled at {rate:g} requests/s")


RULE = Rule(
    code="LM001",
    title="The stage has a throttle of its own",
    severity=Severity.NOTE,
    step=Step.STAGE,
    why="One busy stage makes every other API of the account answer 429.",
    fix="Set throttlingRateLimit and throttlingBurstLimit in the stage's method settings for */*.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html",
    failure_modes=("thr-no-stage-limit",),
    judge=PerStage(_judge),
)
