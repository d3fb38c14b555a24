"""History is read in the resolutions that CloudWatch still has, and thresholds come of it once."""

from __future__ import annotations

import itertools
import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from alarms.alarm import Metric
from alarms.calls import AlarmCallError
from alarms.desired import desired_alarms, desired_resources
from alarms.history import HistoryWindow, read_history, threshold_of
from alarms.scope import StageScope
from alarms.thresholds import NoHistoryError, ThresholdsFromHistory
from contracts.alarm_expectations import AlarmExpectations, history_threshold

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)


def _metric(name: str = "Latency", statistic: str = "p90") -> Metric:
    dimensions = (("ApiName", "pets"), ("Stage", "dev"))
    return Metric(namespace="AWS/ApiGateway", metric_name=name, dimensions=dimensions, statistic=statistic, period_s=60)


def _put(client: Any, name: str, moment: datetime, *values: float) -> None:
    dimensions = [{"Name": "ApiName", "Value": "pets"}, {"Name": "Stage", "Value": "dev"}]
    datum = {"MetricName": name, "Dimensions": dimensions, "Timestamp": moment, "Values": list(values)}
    client.put_metric_data(Namespace="AWS/ApiGateway", MetricData=[datum])


def test_minutes_come_back_with_gaps(cloudwatch: Any) -> None:
    _put(cloudwatch, "Latency", NOW - timedelta(minutes=3), 1.0, 2.0, 3.0)
    _put(cloudwatch, "Latency", NOW - timedelta(minutes=1), 9.0)
    _put(cloudwatch, "Count", NOW - timedelta(minutes=1), 1.0, 1.0)
    window = HistoryWindow(start_at=NOW - timedelta(minutes=4), end_at=NOW, now=NOW)
    metrics = [_metric(), _metric("Latency", "Average"), _metric("Count", "Sum")]
    frame = read_history(cloudwatch, metrics, window, period_s=60)
    columns: list[Any] = list(frame.columns)
    assert columns == metrics
    assert frame.index[0].to_pydatetime() == NOW - timedelta(minutes=4)
    nan = math.nan
    expected = [[nan, 3.0, nan, 9.0], [nan, 2.0, nan, 9.0], [nan, nan, nan, 2.0]]
    assert [frame.iloc[:, i].tolist() for i in range(3)] == [pytest.approx(column, nan_ok=True) for column in expected]


def test_old_history_is_spread_over_minutes(cloudwatch: Any) -> None:
    old = NOW - timedelta(days=20)
    for minute in range(5):
        _put(cloudwatch, "Count", old + timedelta(minutes=minute), *[1.0] * (minute + 1))
    window = HistoryWindow(start_at=old - timedelta(minutes=5), end_at=NOW, now=NOW)
    frame = read_history(cloudwatch, [_metric("Count", "Sum"), _metric("Count", "Average")], window, period_s=60)
    assert frame.iloc[5:10, 0].tolist() == [3.0] * 5
    assert frame.iloc[5:10, 1].tolist() == [1.0] * 5
    assert frame.iloc[10:, 0].isna().all()


class _Asked:
    """Stands for CloudWatch, and keeps what is asked for."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []

    def get_paginator(self, operation: str) -> _Asked:
        assert operation == "get_metric_data"
        return self

    def paginate(self, **arguments: Any) -> list[dict[str, Any]]:
        self.calls.append(arguments)
        return []


def test_a_long_history_is_asked_for_in_allowed_resolutions() -> None:
    client = _Asked()
    read_history(client, [_metric()] * 20, HistoryWindow.until(NOW, days=90), period_s=60)
    asked = [
        (call["MetricDataQueries"][0]["MetricStat"]["Period"], call["StartTime"], call["EndTime"])
        for call in client.calls
    ]
    for period_s, start_at, end_at in asked:
        kept = {60: timedelta(days=15), 300: timedelta(days=63), 3600: timedelta(days=455)}[period_s]
        assert start_at >= NOW - kept
        assert (end_at - start_at).total_seconds() / period_s * 20 <= 100_800
    edges = sorted((start_at, end_at) for _, start_at, end_at in asked)
    assert edges[0][0] == NOW - timedelta(days=90)
    assert edges[-1][1] == NOW
    assert all(before[1] == after[0] for before, after in itertools.pairwise(edges))


@pytest.mark.parametrize(
    ("text", "threshold"),
    [
        ("p99 of 14 days × 1.5", 149.0),  # noqa: RUF001 - as people write it
        ("p50 of 1 day", 50.0),
        ("maximum of 2 days x 2", 200.0),
        ("minimum of 2 days", 0.0),
        ("average of 2 days * 0.1", 5.0),
    ],
)
def test_thresholds_of_a_history(text: str, threshold: float) -> None:
    values = pd.Series([*map(float, range(101)), math.nan])
    assert threshold_of(values, history_threshold(text)) == pytest.approx(threshold, rel=0.01)
    assert threshold_of(pd.Series([math.nan]), history_threshold(text)) is None


def test_a_threshold_is_derived_once_and_then_kept(cloudwatch: Any, scope: StageScope) -> None:
    table = AlarmExpectations.model_validate({"thresholds": {"latency_p90_ms": "p99 of 14 days x 2"}})
    with pytest.raises(NoHistoryError, match="no data"):
        desired_alarms(table, scope, resolve=ThresholdsFromHistory(client=cloudwatch, now=NOW))
    _put(cloudwatch, "Latency", NOW - timedelta(days=1), 400.0)
    first = desired_alarms(table, scope, resolve=ThresholdsFromHistory(client=cloudwatch, now=NOW))
    held = {
        resource.resource_name.removeprefix("stageproof-pets-dev-"): resource
        for resource in desired_resources(first, scope)
    }
    assert held["latency-p90"].definition["Threshold"] == 800.0
    _put(cloudwatch, "Latency", NOW - timedelta(hours=1), 4000.0)
    later = ThresholdsFromHistory(client=cloudwatch, now=NOW, held=held)
    assert desired_alarms(table, scope, resolve=later) == first
    other = AlarmExpectations.model_validate({"thresholds": {"latency_p90_ms": "p99 of 14 days x 3"}})
    anew = {alarm.alarm_name: alarm for alarm in desired_alarms(other, scope, resolve=later)}
    assert getattr(anew["stageproof-pets-dev-latency-p90"], "threshold", 0) > 10_000


class _Failing:
    """Stands for CloudWatch where it fails on a query."""

    def __init__(self, status_code: str) -> None:
        self.result = {"Id": "m0", "Label": "5XXError", "Timestamps": [], "Values": [], "StatusCode": status_code}

    def get_paginator(self, _operation: str) -> _Failing:
        return self

    def paginate(self, **_: Any) -> list[dict[str, Any]]:
        return [{"MetricDataResults": [self.result | {"Messages": [{"Code": "x", "Value": "not yours"}]}]}]


@pytest.mark.parametrize("status_code", ["InternalError", "Forbidden"])
def test_a_query_that_fails_is_no_silence(status_code: str) -> None:
    window = HistoryWindow.until(NOW, days=1)
    with pytest.raises(AlarmCallError, match=rf"could not read 5XXError \({status_code}\): not yours"):
        read_history(_Failing(status_code), [_metric()], window, period_s=60)
    assert read_history(_Failing("Complete"), [_metric()], window, period_s=60).isna().all().all()
