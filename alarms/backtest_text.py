"""A backtest for people and for scripts: readable lines, and a JSON document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from alarms.backtest import Backtest, Ring
from contracts.alarm_expectations import NoiseBudget

_MINUTES_AN_HOUR = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestReport:
    """The backtests of a stage's alarms over one window."""

    head: str
    start_at: datetime
    end_at: datetime
    results: Sequence[Backtest]
    noise_budget: NoiseBudget
    incident_count: int

    @property
    def unseen_incidents(self) -> tuple[str, ...]:
        """The incidents in which no alarm at all rang."""
        missed = [set(result.missed_incidents) for result in self.results]
        return tuple(sorted(set.intersection(*missed))) if missed else ()

    @property
    def is_quiet_and_sharp(self) -> bool:
        """Whether every alarm keeps to the noise budget, and each incident was seen."""
        return not self.unseen_incidents and all(result.is_within_budget for result in self.results)


def report_lines(report: BacktestReport) -> Iterator[str]:
    """Return a backtest as lines: a line an alarm, and what to do about it."""
    yield f"{report.head}, {_moment(report.start_at)} to {_moment(report.end_at)}"
    width = max((len(result.alarm_name) for result in report.results), default=5)
    yield f"  {'alarm':<{width}}  fired  noise   minutes   longest   first              last"
    for result in report.results:
        yield f"  {result.alarm_name:<{width}}  {_row(result)}"
        yield from (f"      {line}" for line in _remarks(result, report.noise_budget))
    for title in report.unseen_incidents:
        yield f"  no alarm rang in the incident {title!r}"
    if not report.incident_count:
        yield "  no incidents are known: every ring counts as noise; write [[alarms.incidents]] to tell them apart"


def report_document(report: BacktestReport) -> dict[str, Any]:
    """Return a backtest as JSON."""
    return {
        "format": 1,
        "head": report.head,
        "start_at": report.start_at.isoformat(),
        "end_at": report.end_at.isoformat(),
        "unseen_incidents": list(report.unseen_incidents),
        "alarms": [
            {
                "name": result.alarm_name,
                "threshold": result.threshold,
                "fired": len(result.rings),
                "noise": len(result.noise),
                "minutes_in_alarm": result.minutes_in_alarm,
                "longest_minutes": result.longest_minutes,
                "missed_incidents": list(result.missed_incidents),
                "within_noise_budget": result.is_within_budget,
                "suggested_threshold": result.suggested_threshold,
                "periods_with_data": result.periods_with_data,
                "rings": [_ring_document(ring) for ring in result.rings],
            }
            for result in report.results
        ],
    }


def _row(result: Backtest) -> str:
    first = _moment(result.rings[0].started_at) if result.rings else "never"
    last = _moment(result.rings[-1].started_at) if result.rings else ""
    counts = f"{len(result.rings):>5}  {len(result.noise):>5}"
    return (
        f"{counts}  {_length(result.minutes_in_alarm):>8}  {_length(result.longest_minutes):>8}   {first:<17}  {last}"
    )


def _remarks(result: Backtest, budget: NoiseBudget) -> Iterator[str]:
    if result.threshold is not None and result.periods_with_data == 0:
        yield "there is no data: nothing can be said about this alarm"
    if not result.is_within_budget:
        wanted = f"more noise than {budget.rings_per_week:g} rings a week"
        if result.suggested_threshold is not None:
            yield f"{wanted}: threshold {result.threshold:g} → {result.suggested_threshold:g} would keep to it"
        elif result.threshold is not None:
            yield f"{wanted}: no threshold would keep to it without missing more incidents"
        else:
            yield f"{wanted}: see the alarms that it stands for"


def _ring_document(ring: Ring) -> dict[str, Any]:
    return {
        "started_at": ring.started_at.isoformat(),
        "ended_at": ring.ended_at.isoformat(),
        "minutes": ring.minutes,
        "incident": ring.incident,
    }


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}Z"


def _length(minutes: float) -> str:
    hours, rest = divmod(round(minutes), _MINUTES_AN_HOUR)
    return f"{hours}h{rest:02d}" if hours else f"{rest}m"
