"""Backtests over synthetic histories: planted incidents and outages are found, and noise is counted right."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from alarms.alarm import Alarm, CompositeAlarm, MetricAlarm
from alarms.backtest import Backtest, History, backtest, metrics_needed
from alarms.desired import desired_alarms
from alarms.scope import StageScope
from contracts.alarm_expectations import AlarmExpectations, Incident, NoiseBudget

START = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = 90
MINUTES = DAYS * 1440


def _alarms(scope: StageScope, **table: Any) -> tuple[Alarm, ...]:
    return desired_alarms(AlarmExpectations.model_validate(table), scope, resolve=lambda *_: 0.0)


def _history(alarms: tuple[Alarm, ...], minutes: int = MINUTES) -> History:
    """A healthy history: 100 requests a minute, no errors, 100 ms."""
    (metrics,) = metrics_needed(alarms).values()
    healthy = {"Count": 100.0, "4XXError": 0.01, "5XXError": 0.0, "Latency": 100.0, "IntegrationLatency": 80.0}
    index = pd.date_range(START, periods=minutes, freq="60s", tz="UTC")
    errors = {"5XXError": 0.0, "Count": 100.0}  # the sums of a minute
    columns = [
        np.full(minutes, (errors if metric.statistic == "Sum" else healthy)[metric.metric_name]) for metric in metrics
    ]
    frame = pd.DataFrame(np.column_stack(columns), index=index)
    frame.columns = pd.Index(metrics, tupleize_cols=False)
    return History(frame=frame, period_s=60)


def _plant(history: History, metric_name: str, minute: int, minutes: int, value: float) -> None:
    metrics: list[Any] = list(history.frame.columns)
    for position, metric in enumerate(metrics):
        if metric.metric_name == metric_name:
            history.frame.iloc[minute : minute + minutes, position] = value


def _incident(minute: int, minutes: int, title: str) -> Incident:
    return Incident(
        started_at=START + timedelta(minutes=minute), ended_at=START + timedelta(minutes=minute + minutes), title=title
    )


def _by_signal(results: tuple[Backtest, ...]) -> dict[str, Backtest]:
    return {result.alarm_name.removeprefix("stageproof-pets-dev-"): result for result in results}


def test_planted_incidents_are_found_and_noise_is_counted(scope: StageScope) -> None:
    alarms = _alarms(scope, thresholds={"no_traffic_requests": 1.0})
    history = _history(alarms)
    incidents = []
    for number, minute in enumerate((1_000, 50_000, 100_000)):
        _plant(history, "5XXError", minute, 30, 0.4)
        incidents.append(_incident(minute, 30, f"errors {number}"))
    for name in ("Count", "4XXError", "5XXError", "Latency", "IntegrationLatency"):
        _plant(history, name, 70_000, 45, np.nan)
    incidents.append(_incident(70_000, 45, "outage"))
    for minute in (20_000, 30_000):
        _plant(history, "5XXError", minute, 4, 0.06)
    _plant(history, "5XXError", 40_000, 2, 0.9)  # too short to ring
    found = _by_signal(backtest(alarms, [history], incidents=incidents))

    errors = found["5xx-rate"]
    assert [ring.incident for ring in errors.rings] == ["errors 0", None, None, "errors 1", "errors 2"]
    assert errors.missed_incidents == ("outage",)
    assert errors.rings[0].started_at == START + timedelta(minutes=1_003)
    assert errors.longest_minutes == 30 - 3 + 1
    assert [ring.minutes for ring in errors.noise] == [2.0, 2.0]
    (outage,) = found["no-traffic"].rings
    assert outage.incident == "outage"
    assert outage.started_at == START + timedelta(minutes=70_012)  # two points of the evaluation range are older
    assert found["latency-p90"].rings == ()
    assert {ring.incident for ring in found["unhealthy"].rings} == {None, "outage", "errors 0", "errors 1", "errors 2"}
    assert found["unhealthy"].missed_incidents == ()


def test_low_traffic_does_not_ring(scope: StageScope) -> None:
    alarms = _alarms(scope)
    history = _history(alarms, 1_000)
    _plant(history, "5XXError", 100, 60, 0.5)
    _plant(history, "Count", 100, 60, 2.0)
    assert _by_signal(backtest(alarms, [history]))["5xx-rate"].rings == ()


def test_a_threshold_within_the_noise_budget_is_suggested(scope: StageScope) -> None:
    alarms = _alarms(scope)
    history = _history(alarms, 14 * 1440)
    for minute in range(100, 14 * 1440 - 100, 600):
        _plant(history, "5XXError", minute, 5, 0.06 + (minute % 7) / 1_000)
    _plant(history, "5XXError", 5_000, 30, 0.4)
    incidents = [_incident(5_000, 30, "errors")]
    budget = NoiseBudget(rings_per_week=1.0)
    errors = _by_signal(backtest(alarms, [history], incidents=incidents, noise_budget=budget))["5xx-rate"]
    assert len(errors.noise) > 20
    assert not errors.is_within_budget
    assert errors.suggested_threshold is not None
    assert 0.06 < errors.suggested_threshold < 0.4
    better = _alarms(scope, thresholds={"error_rate_5xx": errors.suggested_threshold})
    again = _by_signal(backtest(better, [history], incidents=incidents, noise_budget=budget))["5xx-rate"]
    assert again.is_within_budget
    assert again.missed_incidents == ()


def test_a_composite_waits_for_longer_periods(scope: StageScope) -> None:
    def alarm(name: str, period_s: int) -> MetricAlarm:
        base = next(alarm for alarm in _alarms(scope, thresholds={"minimum_requests": 0}) if "5xx" in alarm.alarm_name)
        assert isinstance(base, MetricAlarm)
        query = replace(base.queries[0], metric=replace(base.metrics[0], period_s=period_s))
        return replace(base, alarm_name=name, queries=(query,), evaluation_periods=1, datapoints_to_alarm=1)

    short, long = alarm("short", 60), alarm("long", 300)
    both = CompositeAlarm(
        alarm_name="both", description="", alarm_rule="ALARM(short) AND ALARM(long)", children=("long", "short")
    )
    histories = []
    for one, count in ((short, 60), (long, 12)):
        index = pd.date_range(START, periods=count, freq=f"{one.period_s}s", tz="UTC")
        minute = np.arange(count) * one.period_s / 60
        frame = pd.DataFrame({0: np.where((minute >= 10) & (minute < 20), 1.0, 0.0)}, index=index)
        frame.columns = pd.Index(list(one.metrics), tupleize_cols=False)
        histories.append(History(frame=frame, period_s=one.period_s))
    found = {result.alarm_name: result for result in backtest((both, long, short), histories)}
    (ring,) = found["both"].rings
    assert ring.started_at == START + timedelta(minutes=15)
    assert ring.ended_at == START + timedelta(minutes=21)


def test_burn_rates_ring_in_tiers(scope: StageScope) -> None:
    alarms = _alarms(scope, objective={"availability": 0.999})
    history = _history(alarms, 10 * 1440)
    _plant(history, "5XXError", 5_000, 120, 3.0)  # 3 of 100 requests: 30 times too fast
    _plant(history, "5XXError", 10_000, 1_200, 0.4)  # 0.4 %: 4 times too fast
    found = _by_signal(backtest(alarms, [history]))
    fast = found["slo-availability-2pct-in-1h"]
    assert [ring.started_at for ring in fast.rings] == [START + timedelta(minutes=5_000 + 29)]
    assert [ring.ended_at for ring in fast.rings] == [START + timedelta(minutes=5_120 + 3)]
    slow = found["slo-availability-10pct-in-24h"]
    assert any(ring.started_at > START + timedelta(minutes=10_000) for ring in slow.rings)
    assert found["slo-availability-5pct-in-6h"].rings[-1].ended_at < START + timedelta(minutes=6_000)


def test_nothing_is_claimed_of_an_empty_history(scope: StageScope) -> None:
    alarms = _alarms(scope)
    results = _by_signal(backtest(alarms, [_history(alarms, 0)]))
    assert {result.periods_with_data for result in results.values()} == {0}
    assert all(result.rings == () for result in results.values())


@pytest.mark.slow
def test_ninety_days_of_twenty_alarms_take_at_most_ten_seconds(scope: StageScope) -> None:
    table = {"thresholds": {"latency_p99_ms": 5.0, "integration_latency_p99_ms": 5.0, "no_traffic_requests": 1.0}}
    alarms = (
        *_alarms(scope, **table),
        *_alarms(scope, name_prefix="b", **table),
        *_alarms(scope, name_prefix="c", **table),
    )
    assert len(alarms) >= 20
    history = _history(alarms)
    started = time.process_time()
    backtest(alarms, [history], noise_budget=NoiseBudget(rings_per_week=0.0))
    assert time.process_time() - started <= 10
