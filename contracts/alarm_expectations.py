"""What the user's file may say about alarms and dashboards: ``[alarms]`` and ``[dashboards]``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from contracts.durations import DurationS
from contracts.strict_table import StrictTable

_HISTORY = re.compile(
    r"(?P<statistic>p\d{1,2}(?:\.\d+)?|average|minimum|maximum|sum)\s+of\s+(?P<days>\d+)\s+days?"
    r"(?:\s*(?:×|x|\*)\s*(?P<factor>\d+(?:\.\d+)?))?"  # noqa: RUF001 - people write the multiplication sign
)
_TOPIC_ARN = re.compile(r"arn:aws[a-z-]*:[a-z0-9-]+:.+")
_LONGEST_HISTORY_DAYS = 455
_MOST_TAGS = 47
_LONGEST_TAG_KEY = 128
_LONGEST_TAG_VALUE = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryThreshold:
    """A threshold derived from history: a statistic over some days, times a factor."""

    statistic: str
    days: int
    factor: float = 1.0


def history_threshold(text: str) -> HistoryThreshold:
    """Read a threshold such as ``p99 of 14 days × 1.5``.

    Raises:
        ValueError: If the text has another form or asks for more than CloudWatch keeps (455 days).
    """  # noqa: RUF002 - people write the multiplication sign
    found = _HISTORY.fullmatch(text.strip())
    if found is None:
        raise ValueError('must be a number or a text such as "p99 of 14 days × 1.5"')  # noqa: RUF001 - as people write it
    days = int(found["days"])
    if not 1 <= days <= _LONGEST_HISTORY_DAYS:
        raise ValueError(f"must look at 1 to {_LONGEST_HISTORY_DAYS} days, which is what CloudWatch keeps")
    return HistoryThreshold(statistic=found["statistic"], days=days, factor=float(found["factor"] or 1))


def _is_threshold(value: float | str) -> float | str:
    """Take a number, or a text such as ``p99 of 14 days × 1.5``."""  # noqa: RUF002 - people write the multiplication sign
    if isinstance(value, str):
        history_threshold(value)
    elif value < 0:
        raise ValueError("must not be negative")
    return value


def _is_arn(value: str) -> str:
    """Take an ARN."""
    if not _TOPIC_ARN.fullmatch(value):
        raise ValueError("must be an ARN such as arn:aws:sns:us-east-1:123456789012:on-call")
    return value


Threshold = Annotated[float | str, AfterValidator(_is_threshold)]
"""A number, or a text that :func:`history_threshold` reads."""


def _is_rate_threshold(value: float | str) -> float | str:
    """Take a ratio from 0 to 1, or a text such as ``p99 of 14 days × 1.5``."""  # noqa: RUF002 - as people write it
    if not isinstance(value, str) and value > 1:
        raise ValueError("is a ratio from 0 to 1: write 0.05 for 5 %, for a rate never gets above 1")
    return value


RateThreshold = Annotated[Threshold, AfterValidator(_is_rate_threshold)]
"""A threshold of a rate from 0 to 1, or a text that :func:`history_threshold` reads."""

Arn = Annotated[str, AfterValidator(_is_arn)]
Actions = Annotated[tuple[Arn, ...], Field(max_length=5)]
"""CloudWatch carries out at most five actions for each state of an alarm."""


def _are_tags(tags: dict[str, str]) -> dict[str, str]:
    """Take tags as AWS allows them, beside those that Stageproof sets itself."""
    if len(tags) > _MOST_TAGS:
        raise ValueError(f"may be at most {_MOST_TAGS}: AWS allows 50, and Stageproof needs the others")
    for key, value in tags.items():
        if not 1 <= len(key) <= _LONGEST_TAG_KEY or key.lower().startswith(("aws:", "stageproof:")):
            raise ValueError(
                f"{key!r} cannot be a key: it must have 1 to {_LONGEST_TAG_KEY} characters and may not begin with aws: "
                "or stageproof:"
            )
        if len(value) > _LONGEST_TAG_VALUE:
            raise ValueError(f"{key!r} has a longer value than the {_LONGEST_TAG_VALUE} characters that AWS allows")
    return tags


Tags = Annotated[dict[str, str], AfterValidator(_are_tags)]
Ratio = Annotated[float, Field(ge=0, le=1)]


class AlarmThresholds(StrictTable):
    """``[alarms.thresholds]``: where the recommended alarms ring; rates are ratios from 0 to 1.

    See:
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Best_Practice_Recommended_Alarms_AWS_Services.html
    """

    error_rate_4xx: RateThreshold = 0.05
    """The share of requests that end in a 4XX."""
    error_rate_5xx: RateThreshold = 0.05
    """The share of requests that end in a 5XX."""
    latency_p90_ms: Threshold = 2500.0
    """The 90th percentile of ``Latency``, in milliseconds."""
    latency_p99_ms: Threshold | None = None
    """The 99th percentile of ``Latency``, in milliseconds; no alarm by default."""
    integration_latency_p90_ms: Threshold = 2000.0
    """The 90th percentile of ``IntegrationLatency``, in milliseconds."""
    integration_latency_p99_ms: Threshold | None = None
    """The 99th percentile of ``IntegrationLatency``, in milliseconds; no alarm by default."""
    minimum_requests: int = Field(default=10, ge=0)
    """Error rates count only in minutes with at least so many requests."""
    no_traffic_requests: Threshold | None = None
    """Rings where fewer requests come; no alarm by default."""


class AlarmObjective(StrictTable):
    """``[alarms.objective]``: the service level that burn-rate alarms defend."""

    availability: float = Field(default=0.999, gt=0, lt=1)
    """The share of requests that must not end in a 5XX."""
    latency_ms: float | None = Field(default=None, gt=0)
    """The time that ``latency_ratio`` of the requests must keep, in milliseconds; no such objective by default."""
    latency_ratio: float = Field(default=0.99, gt=0, lt=1)
    """The share of requests that must keep ``latency_ms``."""
    window_days: int = Field(default=30, ge=1, le=90)
    """The days over which the error budget is counted."""


class BurnRate(StrictTable):
    """``[alarms.burn_rate]``: multi-window alarms on the speed at which the error budget is spent."""

    enabled: bool = True
    """Whether an objective gets burn-rate alarms."""
    suppress_slower_tiers: bool = True
    """Whether a slower tier stays silent while a faster one rings."""


class NoiseBudget(StrictTable):
    """``[alarms.noise_budget]``: how often an alarm may ring outside of incidents before it counts as noise."""

    rings_per_week: float = Field(default=1.0, ge=0)
    """How often an alarm may ring a week."""
    minutes_in_alarm_per_week: float | None = Field(default=None, ge=0)
    """How long an alarm may ring a week, in minutes; no limit by default."""


class Incident(StrictTable):
    """``[[alarms.incidents]]``: a known incident of the past, with aware times, for the backtest."""

    started_at: datetime
    """When it began, with an offset."""
    ended_at: datetime
    """When it ended, with an offset."""
    title: str = ""
    """What it was."""

    @model_validator(mode="after")
    def _is_a_window(self) -> Incident:
        if self.started_at.tzinfo is None or self.ended_at.tzinfo is None:
            raise ValueError("started_at and ended_at need an offset, for example 2026-03-01T04:00:00Z")
        if self.ended_at <= self.started_at:
            raise ValueError("ended_at must be later than started_at")
        return self


class Cause(StrEnum):
    """What a drill does so that an alarm rings."""

    REFUSED = "requests that the gateway refuses"
    FAILING = "requests that fail"
    SLOW = "requests that take long"
    TRAFFIC = "requests"
    SILENCE = "no requests"


class DrillRequest(StrictTable):
    """``{ request = "METHOD /path" }``: a request of a drill."""

    request: str = Field(pattern=r"^(DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT) /\S*$")
    """An operation as the contract writes it, or a path of one: ``GET /users/42?full=yes``."""
    body: str | None = None
    """The body, in place of a sample."""


class AlarmDrill(StrictTable):
    """``[alarms.drill]``: whether alarms may be made to ring, and what to call for it."""

    enabled: bool = False
    """Whether drills are allowed; they are too where the stage has ``destructive_traffic = true``."""
    failing: DrillRequest | None = None
    """A request that the stage answers with 5XX."""
    slow: DrillRequest | None = None
    """A request that takes longer than the thresholds."""
    requests_per_s: float = Field(default=2.0, gt=0, le=100)
    """How many requests are sent a second, in all."""
    deadline_s: DurationS = Field(default=15 * 60.0, alias="deadline")
    """How long the alarms may take."""
    poll_s: DurationS = Field(default=5.0, alias="poll")
    """How often CloudWatch is asked."""


class AlarmExpectations(StrictTable):
    """``[alarms]``: what rings, when, and who is told.

    ``notify`` says which alarms of the stage carry the actions: each of them (``alarms``), or only the composite alarm
    that stands for all (``composite``).
    """

    enabled: bool = True
    """Whether the stage has alarms."""
    actions: Actions = ()
    """Who is told when an alarm rings: ARNs of SNS topics and other actions."""
    ok_actions: Actions = ()
    """Who is told when it stops."""
    insufficient_data_actions: Actions = ()
    """Who is told when it has no data."""
    name_prefix: str = Field(default="stageproof", min_length=1, pattern=r"^[A-Za-z0-9._-]+$")
    """What every alarm's name begins with. Where it is changed, the next apply replaces the alarms."""
    tags: Tags = Field(default_factory=dict)
    """Tags of every alarm."""
    operations: tuple[str, ...] = ()
    """Operations that get alarms of their own, whose detailed metrics must be on: globs on ``METHOD /path``."""
    thresholds: AlarmThresholds = Field(default_factory=AlarmThresholds)
    """Where the recommended alarms ring."""
    objective: AlarmObjective | None = None
    """The service level that burn-rate alarms defend; none by default."""
    burn_rate: BurnRate = Field(default_factory=BurnRate)
    """Alarms on the speed at which the error budget is spent."""
    noise_budget: NoiseBudget = Field(default_factory=NoiseBudget)
    """How often an alarm may ring outside of incidents."""
    anomaly_detection: bool = False
    """Alarms on unusual latency and traffic, by bands that CloudWatch learns."""
    log_patterns: bool = False
    """Alarms on failures that the execution log tells of, through metric filters that are provisioned too."""
    composite: bool = True
    """Whether one alarm stands for all of the stage."""
    notify: Literal["alarms", "composite"] = "alarms"
    """Which alarms carry the actions: each, or only the composite one."""
    backtest_window_s: DurationS = Field(default=14 * 86400.0, alias="backtest_window")
    """How much history a backtest replays."""
    incidents: tuple[Incident, ...] = ()
    """Known incidents of the past, for the backtest."""
    drill: AlarmDrill = Field(default_factory=AlarmDrill)
    """Whether alarms may be made to ring, and how."""


class DashboardExpectations(StrictTable):
    """``[dashboards]``: what the dashboards show beside the metrics."""

    enabled: bool = True
    """Whether the stage has dashboards."""
    name_prefix: str = Field(default="stageproof", min_length=1, pattern=r"^[A-Za-z0-9_-]+$")
    """What every dashboard's name begins with. Destroy the dashboards before it is changed."""
    per_operation: bool = False
    """Whether operations whose detailed metrics are on get widgets of their own."""
    report_url: str | None = None
    """Where the newest report is, for a link."""
    contract_url: str | None = None
    """Where the contract is, for a link."""
    tags: Tags = Field(default_factory=dict)
    """Tags of every dashboard."""
