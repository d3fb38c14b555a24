"""The benchmark's planted history: what it holds to be right is right, and it can tell when something is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from alarms.backtest import Backtest, backtest
from alarms.desired import desired_alarms
from benchmarks.backtest import PLANTED, faults, histories, scope
from contracts.alarm_expectations import AlarmExpectations, NoiseBudget

_TABLE: dict[str, Any] = {"thresholds": {"latency_p99_ms": 4000.0, "no_traffic_requests": 1.0}}


def _results(table: dict[str, Any]) -> dict[str, Backtest]:
    alarms = desired_alarms(AlarmExpectations.model_validate(table), scope(), resolve=lambda *_: 0.0)
    incidents = [planted.incident for planted in PLANTED if planted.is_known]
    results = backtest(alarms, histories(alarms), incidents=incidents, noise_budget=NoiseBudget())
    return {result.alarm_name.removeprefix("stageproof-pets-prod-"): result for result in results}


def test_all_that_is_planted_is_found_and_the_noise_is_counted_right() -> None:
    assert faults(_results(_TABLE)) == []


@pytest.mark.parametrize(
    ("name", "threshold"), [("error_rate_5xx", 0.6), ("error_rate_4xx", 0.01), ("latency_p90_ms", 8000.0)]
)
def test_a_wrong_threshold_is_told(name: str, threshold: float) -> None:
    table = {"thresholds": {**_TABLE["thresholds"], name: threshold}}
    assert faults(_results(table)) != []
