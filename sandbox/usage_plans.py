"""API keys, usage plans and throttling in force: token buckets and quotas, per key and stage.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from gateway.messages import UsagePlanDecision, UsagePlanRequest, UsagePlanResponse
from gateway.rest_api import ApiKey, Quota, Throttle, UsagePlan
from sandbox.control_plane.usage_plans import note_use, used
from sandbox.snapshot import DeployedStage


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: float


class TokenBuckets:
    """Token buckets by key; a bucket starts full and follows changes of its throttle."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: dict[Hashable, _Bucket] = {}

    def take(self, key: Hashable, throttle: Throttle) -> bool:
        """Take one token; False when the bucket is empty."""
        capacity = float(throttle.burst_limit)
        now = self._clock()
        with self._lock:
            bucket = self._buckets.setdefault(key, _Bucket(capacity, now))
            gained = (now - bucket.filled_at) * throttle.rate_limit
            bucket.tokens = min(capacity, bucket.tokens + gained)
            bucket.filled_at = now
            if bucket.tokens < 1:
                return False
            bucket.tokens -= 1
            return True


class Quotas:
    """How many requests each key has made in the current period of its plan; GetUsage tells the same numbers."""

    def __init__(self, today: Callable[[], date] = lambda: datetime.now(tz=UTC).date()) -> None:
        self._today = today
        self._lock = threading.Lock()

    def take(self, plan: UsagePlan, key: ApiKey) -> bool:
        """Count one request; False when the plan's quota for the period is used up."""
        today = self._today()
        with self._lock:
            if plan.quota is not None and self._used(plan, key, plan.quota, today) >= plan.quota.limit:
                return False
            note_use(plan.usage_plan_id, key.api_key_id, day=today)
            return True

    def _used(self, plan: UsagePlan, key: ApiKey, quota: Quota, today: date) -> int:
        start = period_start(today, quota)
        days = [start + timedelta(days=number) for number in range((today - start).days + 1)]
        return quota.offset + used(plan.usage_plan_id, key.api_key_id, days=days)


def period_start(today: date, quota: Quota) -> date:
    """Return the first day of the quota's period that holds a day (weeks begin on Sunday, in UTC).

    See: https://docs.aws.amazon.com/apigateway/latest/api/API_QuotaSettings.html
    """
    if quota.period == "WEEK":
        return today - timedelta(days=(today.weekday() + 1) % 7)
    return today.replace(day=1) if quota.period == "MONTH" else today


class UsagePlans:
    """Answers the pipeline's question about a request's API key and limits."""

    def __init__(self) -> None:
        self.buckets = TokenBuckets()
        self.quotas = Quotas()

    def decide(self, deployed: DeployedStage, request: UsagePlanRequest) -> UsagePlanResponse:
        """Return whether the request may go on, counting it when it may."""
        key = _key_of(deployed, request.api_key) if request.required else None
        if request.required and (key is None or not key.enabled):
            return UsagePlanResponse(decision=UsagePlanDecision.INVALID_API_KEY)
        refused = self._by_plan(deployed, request, key) if key is not None else None
        return refused or self._by_stage(deployed, request, key)

    def _by_plan(self, deployed: DeployedStage, request: UsagePlanRequest, key: ApiKey) -> UsagePlanResponse | None:
        """Return why the key's plan refuses the request, None when it does not."""
        plan = _plan_of(deployed, key)
        if plan is None:
            return UsagePlanResponse(decision=UsagePlanDecision.NO_USAGE_PLAN, api_key_id=key.api_key_id)
        method = f"{request.resource_path}/{request.http_method}"
        stage = (plan.usage_plan_id, key.api_key_id, deployed.rest_api.rest_api_id, deployed.stage.stage_name)
        own = plan.method_throttles.get(method)
        for throttle, bucket in ((own, (*stage, method)), (plan.throttle, stage)):
            if throttle is not None and not self.buckets.take(bucket, throttle):
                return _refused(UsagePlanDecision.THROTTLED, key, throttle)
        if not self.quotas.take(plan, key):
            return UsagePlanResponse(decision=UsagePlanDecision.QUOTA_EXCEEDED, api_key_id=key.api_key_id)
        return None

    def _by_stage(self, deployed: DeployedStage, request: UsagePlanRequest, key: ApiKey | None) -> UsagePlanResponse:
        throttle = _stage_throttle(deployed, request)
        bucket = (
            deployed.rest_api.rest_api_id,
            deployed.stage.stage_name,
            request.resource_path,
            request.http_method,
        )
        if throttle is not None and not self.buckets.take(bucket, throttle):
            return _refused(UsagePlanDecision.STAGE_THROTTLED, key, throttle)
        return UsagePlanResponse(decision=UsagePlanDecision.ALLOWED, api_key_id=key.api_key_id if key else None)


def _key_of(deployed: DeployedStage, value: str | None) -> ApiKey | None:
    if not value:
        return None
    return next((key for key in deployed.api_keys if key.value == value), None)


def _plan_of(deployed: DeployedStage, key: ApiKey) -> UsagePlan | None:
    for plan in deployed.usage_plans:
        if any(member.api_key_id == key.api_key_id for member in plan.api_keys):
            return plan
    return None


def _refused(decision: UsagePlanDecision, key: ApiKey | None, throttle: Throttle) -> UsagePlanResponse:
    return UsagePlanResponse(
        decision=decision,
        api_key_id=key.api_key_id if key else None,
        rate_limit=throttle.rate_limit,
        burst_limit=throttle.burst_limit,
    )


def _stage_throttle(deployed: DeployedStage, request: UsagePlanRequest) -> Throttle | None:
    """Return the throttle of the method's settings; both limits must be set (moto keeps -1 for unset ones)."""
    settings = deployed.stage.settings_for(request.resource_path, request.http_method)
    rate, burst = settings.throttling_rate_limit, settings.throttling_burst_limit
    if rate is None or burst is None or rate < 0 or burst < 0:
        return None
    return Throttle(rate_limit=rate, burst_limit=burst)
