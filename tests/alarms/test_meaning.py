"""Alarms mean the same by what they watch, not by name, threshold or period."""

from __future__ import annotations

from dataclasses import replace

import pytest

from alarms.alarm import Metric, MetricAlarm, MetricQuery
from alarms.desired import desired_alarms
from alarms.evaluate import ComparisonOperator
from alarms.meaning import meaning
from alarms.scope import StageScope
from contracts.alarm_expectations import AlarmExpectations

ABOVE, BELOW = ComparisonOperator.GREATER_OR_EQUAL, ComparisonOperator.LESS


def _alarm(scope: StageScope, metric_name: str, statistic: str, *, period_s: int = 300, **given: object) -> MetricAlarm:
    metric = scope.metric(metric_name, statistic, period_s=period_s)
    plain = MetricAlarm(
        alarm_name="by-hand",
        description="",
        queries=(MetricQuery(query_id="m1", metric=metric),),
        comparison_operator=ABOVE,
        threshold=7.0,
        evaluation_periods=2,
        datapoints_to_alarm=1,
    )
    return replace(plain, **given)  # type: ignore[arg-type]  # fields of the alarm


def _like(scope: StageScope, alarm: MetricAlarm, **table: object) -> list[str]:
    given = {"thresholds": {"latency_p99_ms": 1.0, "no_traffic_requests": 1.0}, **table}
    desired = desired_alarms(AlarmExpectations.model_validate(given), scope, resolve=lambda *_: 0.0)
    return [
        one.alarm_name.removeprefix("stageproof-pets-dev-")
        for one in desired
        if isinstance(one, MetricAlarm) and meaning(one) == meaning(alarm)
    ]


@pytest.mark.parametrize(
    ("metric_name", "statistic", "found"),
    [
        ("5XXError", "Average", ["5xx-rate"]),
        ("5XXError", "Sum", []),
        ("4XXError", "Average", ["4xx-rate"]),
        ("Latency", "p99", ["latency-p99"]),
        ("Latency", "p95", []),
        ("IntegrationLatency", "p90", ["integration-latency-p90"]),
        ("Count", "Sum", []),
    ],
)
def test_a_plain_alarm_means_what_a_guarded_one_means(
    scope: StageScope, metric_name: str, statistic: str, found: list[str]
) -> None:
    assert _like(scope, _alarm(scope, metric_name, statistic)) == found


@pytest.mark.parametrize("statistic", ["Sum", "SampleCount"])
def test_the_side_counts(scope: StageScope, statistic: str) -> None:
    assert _like(scope, _alarm(scope, "Count", statistic, comparison_operator=BELOW)) == ["no-traffic"]


def test_math_is_the_same_under_other_ids(scope: StageScope) -> None:
    bad, valid = (scope.metric(name, "Sum", period_s=300) for name in ("5XXError", "Count"))
    queries = (
        MetricQuery(query_id="a", metric=bad, return_data=False),
        MetricQuery(query_id="b", metric=valid, return_data=False),
        MetricQuery(query_id="c", expression="IF(b>=71, a/b,0)"),
    )
    table = {"objective": {"availability": 0.999}}
    assert _like(scope, _alarm(scope, "Count", "Sum", queries=queries), **table) == [
        "slo-availability-2pct-in-1h-short"
    ]
    other = (queries[0], queries[1], replace(queries[2], expression="a / b * 2"))
    assert _like(scope, _alarm(scope, "Count", "Sum", queries=other), **table) == []
    rate = (queries[0], queries[1], replace(queries[2], expression="IF(b >= 10, a / b)"))
    assert _like(scope, _alarm(scope, "Count", "Sum", queries=rate), **table) == ["5xx-rate"]


@pytest.mark.parametrize("expression", ["IF(", "", "m1 +", "ANOMALY_DETECTION_BAND(m1, 2)"])
def test_math_that_cannot_be_read_means_only_itself(scope: StageScope, expression: str) -> None:
    queries = (
        MetricQuery(query_id="band", expression=expression),
        MetricQuery(query_id="m1", metric=scope.metric("5XXError", "Average"), return_data=False),
    )
    alarm = _alarm(scope, "Count", "Sum", queries=queries)
    assert _like(scope, alarm) == []
    assert meaning(alarm) == meaning(replace(alarm, threshold=9.0))


def test_other_stages_mean_something_else(scope: StageScope) -> None:
    elsewhere = Metric(
        namespace="AWS/ApiGateway",
        metric_name="5XXError",
        dimensions=(("ApiName", "pets"), ("Stage", "prod")),
        statistic="Average",
        period_s=60,
    )
    alarm = _alarm(scope, "Count", "Sum", queries=(MetricQuery(query_id="m1", metric=elsewhere),))
    assert _like(scope, alarm) == []
