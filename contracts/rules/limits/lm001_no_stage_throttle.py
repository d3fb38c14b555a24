"""LM001: the stage must have a throttle of its own."""

from contracts.evidence import Missing, Present
from contracts.rule import EVERY_KIND, PerStage, Rule
from contracts.rule_parameter import RuleParameter
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, undetermined

_ACCOUNT_SHARE = RuleParameter(
    rule="LM001",
    name="account_share",
    default=1.0,
    minimum=0.01,
    maximum=1,
    meaning="The share of the account's rate that the stage's throttle has to stay below.",
)


def _judge(run: RunEvidence) -> Finding:
    throttle = run.stage_rate_limit
    if isinstance(throttle, Missing):
        return undetermined(throttle)
    account = run.configuration.account
    account_rate = account.value.throttle_rate_limit if isinstance(account, Present) else None
    rate = throttle.value
    if rate is None or rate < 0 or (account_rate is not None and rate >= account_rate):
        return broken("the stage may use the whole request quota of the account and Region")
    share = _ACCOUNT_SHARE.of(run)
    if account_rate is not None and rate >= share * account_rate:
        return broken(
            f"the stage may use {rate:g} of the account's {account_rate:g} requests/s; {share:.0%} is allowed"
        )
    return held(f"the stage is throttled at {rate:g} requests/s")


RULE = Rule(
    code="LM001",
    title="The stage has a throttle of its own",
    severity=Severity.NOTE,
    step=Step.STAGE,
    why="One busy stage makes every other API of the account answer 429.",
    fix="Set throttlingRateLimit and throttlingBurstLimit in the method settings for */* (default route settings).",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html",
    failure_modes=("thr-no-stage-limit",),
    api_kinds=EVERY_KIND,
    parameters=(_ACCOUNT_SHARE,),
    judge=PerStage(_judge),
)
