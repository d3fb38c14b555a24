from __future__ import annotations

from dataclasses import replace

import pytest

from contracts.evidence import Missing
from contracts.expectations import Expectations
from reports.view.latency import Bucket, LatencyBar, OperationLatency, latency_view, percentile
from tests.reports.judgements import judgement, transaction


def test_percentiles_are_those_of_the_rule() -> None:
    values = [float(number) for number in range(1, 101)]
    assert [percentile(values, percent) for percent in (50, 90, 99)] == [50, 90, 99]
    assert percentile([7.0], 99) == 7


def test_bars_and_objectives_share_one_scale() -> None:
    night = judgement([], [transaction(number, elapsed_ms=number) for number in range(1, 101)])
    shown = latency_view(night)
    assert shown.operations == (
        OperationLatency(
            operation="POST /legacy/users",
            answers=100,
            bars=(
                LatencyBar(name="p50", value="50 ms", width_percent=40.06, objective="60 ms", objective_percent=48.08),
                LatencyBar(name="p90", value="90 ms", width_percent=72.12),
                LatencyBar(name="p99", value="99 ms", width_percent=79.33, objective="120 ms", objective_percent=96.15),
            ),
        ),
    )
    assert shown.histogram == (
        Bucket(name="2 ms", count=1, height_percent=2.0),
        Bucket(name="5 ms", count=3, height_percent=6.0),
        Bucket(name="10 ms", count=5, height_percent=10.0),
        Bucket(name="20 ms", count=10, height_percent=20.0),
        Bucket(name="50 ms", count=30, height_percent=60.0),
        Bucket(name="100 ms", count=50, height_percent=100.0),
        Bucket(name="200 ms", count=1, height_percent=2.0),
    )


def test_a_missed_objective_is_marked_and_a_far_one_does_not_flatten_the_bars() -> None:
    night = judgement([], [transaction(1, elapsed_ms=100)])
    far = replace(night, expectations=Expectations.model_validate_json('{"latency": {"p50_ms": 90, "p99_ms": 9000}}'))
    bars = latency_view(far).operations[0].bars
    assert [bar.missed for bar in bars] == [True, False, False]
    assert bars[2].objective == "9.00 s"
    assert bars[2].objective_percent is None
    assert bars[0].width_percent == pytest.approx(96.15)


def test_the_clients_time_stands_where_no_access_log_tells() -> None:
    alone = replace(transaction(1, elapsed_ms=33.4), access_entry=Missing(reason="off"))
    assert latency_view(judgement([], [alone])).operations[0].bars[0].value == "33 ms"


def test_a_night_without_answers_has_no_chart() -> None:
    shown = latency_view(judgement([]))
    assert (shown.operations, shown.histogram, shown.answers) == ((), (), 0)
