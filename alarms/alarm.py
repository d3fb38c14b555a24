"""Alarms as data, in one normal form: what is desired and what AWS holds compare equal when they mean the same.

See: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from alarms.evaluate import AlarmState, ComparisonOperator, EvaluationRule, MissingData

STATISTICS = frozenset({"SampleCount", "Average", "Sum", "Minimum", "Maximum"})
"""Statistics that are no percentile."""

Dimensions = tuple[tuple[str, str], ...]
"""Names and values, sorted by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One statistic of one metric, each period."""

    namespace: str
    metric_name: str
    dimensions: Dimensions
    statistic: str
    period_s: int
    unit: str | None = None

    @property
    def is_percentile(self) -> bool:
        """Whether the statistic is an extended one, such as ``p90``."""
        return self.statistic not in STATISTICS


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricQuery:
    """A metric or an expression of metric math under an id; the query that returns data is the one that rings.

    ``account_id`` is the account of the metric where it is another one than the alarm's.
    """

    query_id: str
    metric: Metric | None = None
    expression: str | None = None
    period_s: int | None = None
    label: str | None = None
    return_data: bool = True
    account_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Actions:
    """Who is told of which state (ARNs, sorted)."""

    enabled: bool = True
    alarm: tuple[str, ...] = ()
    ok: tuple[str, ...] = ()
    insufficient_data: tuple[str, ...] = ()

    @property
    def arns(self) -> frozenset[str]:
        """All that are told, of whatever state."""
        return frozenset((*self.alarm, *self.ok, *self.insufficient_data))


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricAlarm:
    """An alarm on a metric (one query) or on metric math (several).

    ``further`` holds settings that no desired alarm has, as AWS writes them: so a change by hand is seen, and undone.
    """

    alarm_name: str
    description: str
    queries: tuple[MetricQuery, ...]
    comparison_operator: ComparisonOperator
    threshold: float
    evaluation_periods: int
    datapoints_to_alarm: int
    treat_missing_data: MissingData = MissingData.MISSING
    evaluate_low_sample_count_percentile: str | None = None
    threshold_metric_id: str | None = None
    actions: Actions = field(default_factory=Actions)
    tags: Mapping[str, str] = field(default_factory=dict)
    further: Mapping[str, Any] = field(default_factory=dict)

    @property
    def rule(self) -> EvaluationRule:
        """What decides the alarm's state."""
        return EvaluationRule(
            comparison_operator=self.comparison_operator,
            threshold=self.threshold,
            evaluation_periods=self.evaluation_periods,
            datapoints_to_alarm=self.datapoints_to_alarm,
            treat_missing_data=self.treat_missing_data,
        )

    @property
    def period_s(self) -> int:
        """The length of a period: the longest of its metrics."""
        periods = [query.metric.period_s for query in self.queries if query.metric]
        return max([*periods, *(query.period_s for query in self.queries if query.period_s)], default=60)

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """The metrics that are watched."""
        return tuple(query.metric for query in self.queries if query.metric)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressor:
    """An alarm that keeps a composite alarm's actions silent while it rings."""

    alarm_name: str
    wait_period_s: int
    extension_period_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CompositeAlarm:
    """An alarm on the states of other alarms.

    See: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
    """

    alarm_name: str
    description: str
    alarm_rule: str
    children: tuple[str, ...]
    suppressor: Suppressor | None = None
    actions: Actions = field(default_factory=Actions)
    tags: Mapping[str, str] = field(default_factory=dict)
    further: Mapping[str, Any] = field(default_factory=dict)

    @property
    def needs(self) -> frozenset[str]:
        """The alarms that must exist first."""
        return frozenset(self.children) | ({self.suppressor.alarm_name} if self.suppressor else set())


Alarm = MetricAlarm | CompositeAlarm


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldAlarm:
    """An alarm as AWS holds it: its definition and its state."""

    alarm: Alarm
    alarm_arn: str
    state: AlarmState
