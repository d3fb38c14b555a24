"""API keys, throttles and quotas."""

from __future__ import annotations

import uuid
from datetime import date

import pytest

from gateway.messages import UsagePlanDecision, UsagePlanRequest
from gateway.rest_api import ApiKey, MethodSettings, Quota, RestApi, Stage, Throttle, UsagePlan
from sandbox.snapshot import DeployedStage
from sandbox.usage_plans import Quotas, TokenBuckets, UsagePlans, period_start

KEY = ApiKey(api_key_id="k1", name="ours", value="secret-value-1")
LOOSE = ApiKey(api_key_id="k2", name="without a plan", value="secret-value-2")
DISABLED = ApiKey(api_key_id="k3", name="disabled", value="secret-value-3", enabled=False)


def deployed(plan: UsagePlan | None = None, settings: dict[str, MethodSettings] | None = None) -> DeployedStage:
    return DeployedStage(
        rest_api=RestApi(name="users", rest_api_id="abc"),
        stage=Stage(stage_name="dev", method_settings=settings or {}),
        account_id="123456789012",
        region="us-east-1",
        usage_plans=(plan,) if plan else (),
        api_keys=(KEY, LOOSE, DISABLED),
    )


def plan(**changes: object) -> UsagePlan:
    return UsagePlan(
        usage_plan_id=str(uuid.uuid4()),
        name="plan",
        api_stages=(("abc", "dev"),),
        api_keys=(KEY, DISABLED),
        **changes,  # type: ignore[arg-type]  # fields of a plan
    )


def question(value: str | None = "secret-value-1", *, required: bool = True) -> UsagePlanRequest:
    return UsagePlanRequest(api_key=value, required=required, resource_path="/users", http_method="POST")


@pytest.mark.parametrize(
    ("value", "required", "decision"),
    [
        ("secret-value-1", True, UsagePlanDecision.ALLOWED),
        ("secret-value-2", True, UsagePlanDecision.NO_USAGE_PLAN),
        ("secret-value-3", True, UsagePlanDecision.INVALID_API_KEY),
        ("unknown", True, UsagePlanDecision.INVALID_API_KEY),
        (None, True, UsagePlanDecision.INVALID_API_KEY),
        (None, False, UsagePlanDecision.ALLOWED),
        ("unknown", False, UsagePlanDecision.ALLOWED),
    ],
)
def test_a_key_is_asked_for_where_it_is_required(
    value: str | None, required: bool, decision: UsagePlanDecision
) -> None:
    assert UsagePlans().decide(deployed(plan()), question(value, required=required)).decision is decision


def test_a_plans_throttle_refuses_the_request_after_the_burst() -> None:
    plans = UsagePlans()
    stage = deployed(plan(throttle=Throttle(rate_limit=0.001, burst_limit=2)))
    decisions = [plans.decide(stage, question()) for _ in range(3)]
    assert [each.decision.value for each in decisions] == ["ALLOWED", "ALLOWED", "THROTTLED"]
    assert (decisions[2].rate_limit, decisions[2].burst_limit, decisions[2].api_key_id) == (0.001, 2, "k1")


def test_a_methods_own_throttle_comes_first() -> None:
    plans = UsagePlans()
    own = {"/users/POST": Throttle(rate_limit=0.001, burst_limit=1)}
    stage = deployed(plan(throttle=Throttle(rate_limit=100, burst_limit=100), method_throttles=own))
    assert [plans.decide(stage, question()).decision.value for _ in range(2)] == ["ALLOWED", "THROTTLED"]


def test_a_quota_is_used_up() -> None:
    plans = UsagePlans()
    stage = deployed(plan(quota=Quota(limit=2, period="DAY")))
    decisions = [plans.decide(stage, question()).decision.value for _ in range(3)]
    assert decisions == ["ALLOWED", "ALLOWED", "QUOTA_EXCEEDED"]


def test_a_quota_begins_anew_with_its_period() -> None:
    today = [date(2026, 11, 30)]
    quotas = Quotas(today=lambda: today[0])
    monthly = plan(quota=Quota(limit=2, period="MONTH", offset=1))
    assert [quotas.take(monthly, KEY) for _ in range(2)] == [True, False]
    today[0] = date(2026, 12, 1)
    assert quotas.take(monthly, KEY)


def test_the_stages_throttle_holds_without_a_key() -> None:
    plans = UsagePlans()
    settings = {"*/*": MethodSettings(throttling_rate_limit=0.001, throttling_burst_limit=1)}
    stage = deployed(settings=settings)
    decisions = [plans.decide(stage, question(None, required=False)).decision.value for _ in range(2)]
    assert decisions == ["ALLOWED", "STAGE_THROTTLED"]


def test_unset_stage_limits_refuse_nothing() -> None:
    settings = {"*/*": MethodSettings(throttling_rate_limit=-1, throttling_burst_limit=-1)}
    answer = UsagePlans().decide(deployed(settings=settings), question(None, required=False))
    assert answer.decision is UsagePlanDecision.ALLOWED


def test_a_bucket_fills_again_at_its_rate_and_never_above_its_burst() -> None:
    now = [0.0]
    buckets = TokenBuckets(clock=lambda: now[0])
    throttle = Throttle(rate_limit=2, burst_limit=3)
    assert [buckets.take("k", throttle) for _ in range(4)] == [True, True, True, False]
    now[0] = 0.5
    assert [buckets.take("k", throttle) for _ in range(2)] == [True, False]
    now[0] = 100.0
    assert [buckets.take("k", throttle) for _ in range(4)] == [True, True, True, False]


@pytest.mark.parametrize(
    ("period", "start"),
    [("DAY", date(2026, 11, 25)), ("WEEK", date(2026, 11, 22)), ("MONTH", date(2026, 11, 1))],
)
def test_a_period_starts(period: str, start: date) -> None:
    assert period_start(date(2026, 11, 25), Quota(limit=1, period=period)) == start
