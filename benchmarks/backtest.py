"""A backtest of 20 alarms over 90 days of minutes: does it find what was planted, and how long does it take?

    python benchmarks/backtest.py [--html backtest.html]

The history is synthetic: traffic with days and nights, noise of errors and latency, and planted in it incidents (errors
or slow answers), outages (no data) and short blips that ring without an incident. What is planted is known, so is what
must be found. Wanted: everything found, the noise counted right, and no more than 10 s on one core.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from alarms.alarm import Alarm, Metric
from alarms.backtest import Backtest, History, backtest, metrics_needed
from alarms.backtest_text import BacktestReport, report_document
from alarms.desired import desired_alarms
from alarms.scope import StageScope
from contracts.alarm_expectations import AlarmExpectations, Incident
from gateway.rest_api import Method, MethodSettings, Resource, RestApi, Stage
from reports.backtest import write_backtest

START = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = 90
MINUTES = DAYS * 1440
WANTED_S = 10.0
_TABLE: dict[str, Any] = {
    "operations": ("GET /pets",),
    "objective": {"availability": 0.99},
    "thresholds": {"latency_p99_ms": 4000.0, "no_traffic_requests": 1.0, "minimum_requests": 10},
}
_RATES = {"4XXError": 0.01, "5XXError": 0.001}
_LATENCIES_MS = {"p90": 300.0, "p99": 900.0}


@dataclass(frozen=True, kw_only=True)
class Planted:
    """Something that happened: ``value`` stands for the metrics, NaN for none at all. Blips are nobody's incident."""

    title: str
    minute: int
    minutes: int
    metric_names: tuple[str, ...]
    value: float
    is_known: bool = True

    @property
    def incident(self) -> Incident:
        """The incident as the expectations would have it."""
        started_at = START + timedelta(minutes=self.minute)
        return Incident(started_at=started_at, ended_at=started_at + timedelta(minutes=self.minutes), title=self.title)


_ALL = ("Count", "4XXError", "5XXError", "Latency", "IntegrationLatency")
PLANTED = (
    Planted(title="bad deployment", minute=9_000, minutes=40, metric_names=("5XXError",), value=0.5),
    Planted(title="database failover", minute=41_000, minutes=25, metric_names=("5XXError",), value=0.3),
    Planted(title="slow backend", minute=63_000, minutes=90, metric_names=("Latency",), value=7000.0),
    Planted(title="outage", minute=80_000, minutes=60, metric_names=_ALL, value=float("nan")),
    Planted(title="crawler", minute=101_000, minutes=30, metric_names=("4XXError",), value=0.4),
    *(
        Planted(
            title=f"blip {n}",
            minute=16_500 + 5_000 * n,
            minutes=4,
            metric_names=("5XXError",),
            value=0.08,
            is_known=False,
        )
        for n in range(20)
    ),
)
MUST_FIND = {
    "bad deployment": "5xx-rate",
    "database failover": "5xx-rate",
    "slow backend": "latency-p90",
    "outage": "no-traffic",
    "crawler": "4xx-rate",
}
BLIPS = sum(not planted.is_known for planted in PLANTED)


def scope() -> StageScope:
    """Return the stage that is watched."""
    resource = Resource(path="/pets", methods=(Method(http_method="GET"), Method(http_method="POST")))
    return StageScope(
        api=RestApi(name="pets", resources=(resource,)),
        stage=Stage(stage_name="prod", method_settings={"/pets/GET": MethodSettings(metrics_enabled=True)}),
        api_id="abc123",
        region="us-east-1",
        account_id="123456789012",
    )


def histories(alarms: Sequence[Alarm], planted: Sequence[Planted] = PLANTED, *, seed: int = 1) -> list[History]:
    """Return the history of every metric that alarms need."""
    random = np.random.default_rng(seed)
    return [
        _history(metrics, planted, random, period_s=period_s) for period_s, metrics in metrics_needed(alarms).items()
    ]


def _history(
    metrics: Sequence[Metric], planted: Sequence[Planted], random: np.random.Generator, *, period_s: int
) -> History:
    periods = MINUTES * 60 // period_s
    hours = np.arange(periods) * period_s / 3600
    requests = np.round(200 + 150 * np.sin((hours - 8) * np.pi / 12)) * period_s / 60
    columns = [_column(metric, requests, random) for metric in metrics]
    for column, metric in zip(columns, metrics, strict=True):
        for one in planted:
            if metric.metric_name in one.metric_names:
                stretch = slice(one.minute * 60 // period_s, (one.minute + one.minutes) * 60 // period_s)
                column[stretch] = one.value * (requests[stretch] if _counts(metric) else 1.0)
    frame = pd.DataFrame(np.column_stack(columns), index=pd.date_range(START, periods=periods, freq=f"{period_s}s"))
    frame.columns = pd.Index(list(metrics), tupleize_cols=False)
    return History(frame=frame, period_s=period_s)


def _column(metric: Metric, requests: np.ndarray[Any, Any], random: np.random.Generator) -> np.ndarray[Any, Any]:
    if metric.metric_name == "Count":
        return requests.copy()
    if metric.metric_name in _RATES:
        errors = random.binomial(requests.astype(int), _RATES[metric.metric_name]).astype(float)
        return errors if _counts(metric) else errors / requests
    typical: float = _LATENCIES_MS.get(metric.statistic, 200.0)
    values: np.ndarray[Any, Any] = typical * random.lognormal(0, 0.1, len(requests))
    return values


def _counts(metric: Metric) -> bool:
    return metric.metric_name != "Count" and metric.statistic == "Sum"


def faults(found: Mapping[str, Backtest]) -> list[str]:
    """Return what a backtest of the planted history got wrong, by the signals' names."""
    said = [
        f"{title!r} was not found by {name}"
        for title, name in MUST_FIND.items()
        if title in found[name].missed_incidents
    ]
    errors = found["5xx-rate"]
    said += [f"5xx-rate counts {len(errors.noise)} noisy rings, not {BLIPS}"] if len(errors.noise) != BLIPS else []
    budget = DAYS / 7
    said += ["5xx-rate is within the noise budget"] if errors.is_within_budget and budget < BLIPS else []
    suggested = errors.suggested_threshold
    said += (
        [f"5xx-rate gets {suggested} suggested, not 0.08 to 0.3"]
        if not suggested or not 0.08 <= suggested < 0.3
        else []
    )
    quiet = [name for name in ("latency-p99", "no-traffic", "4xx-rate") if found[name].noise]
    return said + [f"{name} rings outside of incidents" for name in quiet]


def main() -> int:
    """Run it; the exit code is 1 where something is wrong or it takes too long."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--html", type=Path, help="also write the page")
    html: Path | None = arguments.parse_args().html
    watched = scope()
    alarms = desired_alarms(AlarmExpectations.model_validate(_TABLE), watched, resolve=lambda *_: 0.0)
    history = histories(alarms)
    incidents = [planted.incident for planted in PLANTED if planted.is_known]
    expected = AlarmExpectations.model_validate(_TABLE)
    begun, wall = time.process_time(), time.perf_counter()
    results = backtest(alarms, history, incidents=incidents, noise_budget=expected.noise_budget)
    spent, waited = time.process_time() - begun, time.perf_counter() - wall
    wrong = faults({result.alarm_name.removeprefix("stageproof-pets-prod-"): result for result in results})
    print(f"{len(alarms)} alarms over {DAYS} days of minutes: {spent:.2f} s of processor time, {waited:.2f} s in all")
    print("\n".join(wrong) or f"every planted incident was found, and {BLIPS} of {BLIPS} blips count as noise")
    if html:
        report = BacktestReport(
            head="Backtest of the alarms of pets prod (abc123) in account 123456789012, Region us-east-1",
            start_at=START,
            end_at=START + timedelta(days=DAYS),
            results=results,
            noise_budget=expected.noise_budget,
            incidents=incidents,
            alarms=alarms,
        )
        write_backtest(report_document(report), html)
    return 1 if wrong or spent > WANTED_S or len(alarms) < 20 else 0


if __name__ == "__main__":
    sys.exit(main())
