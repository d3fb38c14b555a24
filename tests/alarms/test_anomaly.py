"""Alarms on bands: the plain band of the sandbox, and alarms that are evaluated with it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from alarms.actual import read_alarms
from alarms.alarm import Metric, MetricAlarm
from alarms.anomaly_band import band_queries, band_width, breaches, expected_band
from alarms.apply import Pace, apply_plan
from alarms.desired import desired_alarms, desired_resources
from alarms.evaluate import ComparisonOperator
from alarms.live import LiveEvaluator
from alarms.plan import make_plan
from alarms.resource import held_resource
from alarms.scope import StageScope
from contracts.alarm_expectations import AlarmExpectations
from sandbox.alarm_clock import AlarmClock
from tests.alarms.stages import no_history

NOW = datetime.now(UTC).replace(minute=30, second=30, microsecond=0, tzinfo=None)
MINUTE = timedelta(minutes=1)


def test_the_band_is_learnt_for_each_hour_of_the_day() -> None:
    starts = [NOW.replace(hour=0, minute=0, second=0) + number * MINUTE for number in range(2 * 1440 + 10)]
    values = np.array([10.0 if start.hour == 0 else 500.0 for start in starts])
    values[:60:2] += 2.0
    band = expected_band(values, starts, newest=10, width=2.0)
    assert band.lower == pytest.approx([10.5 - 2 * 0.8660254] * 10)
    assert band.upper == pytest.approx([10.5 + 2 * 0.8660254] * 10)
    assert np.isnan(expected_band(values[-30:], starts[-30:], newest=10, width=2.0).lower).all()


@pytest.mark.parametrize(
    ("operator", "outside"),
    [
        (ComparisonOperator.OUTSIDE_BAND, [1.0, 9.0]),
        (ComparisonOperator.BELOW_BAND, [1.0]),
        (ComparisonOperator.ABOVE_BAND, [9.0]),
    ],
)
def test_operators_watch_their_side(operator: ComparisonOperator, outside: list[float]) -> None:
    assert [value for value in (1.0, 2.0, 5.0, 8.0, 9.0) if breaches(operator, value, 2.0, 8.0)] == outside


def test_another_threshold_than_a_band_is_refused() -> None:
    metric = Metric(namespace="n", metric_name="m", dimensions=(), statistic="Sum", period_s=60)
    alarm = MetricAlarm(
        alarm_name="a",
        description="",
        queries=band_queries(metric, 1.5),
        comparison_operator=ComparisonOperator.OUTSIDE_BAND,
        threshold=0.0,
        evaluation_periods=1,
        datapoints_to_alarm=1,
        threshold_metric_id="band",
    )
    assert band_width(alarm) == 1.5
    with pytest.raises(ValueError, match="no ANOMALY_DETECTION_BAND"):
        band_width(
            MetricAlarm(**{name: getattr(alarm, name) for name in alarm.__slots__} | {"threshold_metric_id": "m1"})
        )


def _measure(cloudwatch: Any, first: datetime, values: list[float]) -> None:
    dimensions = [{"Name": "ApiName", "Value": "pets"}, {"Name": "Stage", "Value": "dev"}]
    data = [
        {"MetricName": "Latency", "Dimensions": dimensions, "Timestamp": first + number * MINUTE, "Value": value}
        for number, value in enumerate(values)
    ]
    cloudwatch.put_metric_data(Namespace="AWS/ApiGateway", MetricData=data)


def test_an_unusual_latency_rings_in_the_sandbox(cloudwatch: Any, scope: StageScope) -> None:
    expectations = AlarmExpectations(anomaly_detection=True)
    desired = desired_resources(desired_alarms(expectations, scope, resolve=no_history), scope)
    apply_plan(cloudwatch, make_plan(desired, {}, owner=scope.owner), pace=Pace(sleep=lambda _: None))
    held = {name: held_resource(one) for name, one in read_alarms(cloudwatch, name_prefix="stageproof-").items()}
    assert make_plan(desired, held, owner=scope.owner).is_empty
    name, clock = "stageproof-pets-dev-latency-anomaly", AlarmClock(LiveEvaluator())

    def state() -> dict[str, Any]:
        clock.evaluate(NOW)
        found: dict[str, Any] = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]
        return found

    assert state()["StateValue"] == "INSUFFICIENT_DATA"
    yesterday = NOW.replace(minute=0, second=0) - timedelta(days=1)
    _measure(cloudwatch, yesterday, [100.0, 104.0] * 30)
    _measure(cloudwatch, NOW.replace(second=0) - 7 * MINUTE, [101.0] * 7)
    assert state()["StateValue"] == "OK"
    _measure(cloudwatch, NOW.replace(second=0) - 7 * MINUTE, [900.0] * 7)  # p90 of 101 and 900
    found = state()
    assert found["StateValue"] == "ALARM"
    assert "greater than the upper thresholds [106.0" in found["StateReason"]
