"""A backtest for people and for scripts: readable lines, and a JSON document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from alarms.alarm import Alarm, CompositeAlarm
from alarms.backtest import Backtest, Ring, titled
from alarms.meaning import compared_metric
from contracts.alarm_expectations import Incident, NoiseBudget

_MINUTES_AN_HOUR = 60
_UNITS = {"Latency": "ms", "IntegrationLatency": "ms"}


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestReport:
    """The backtests of a stage's alarms over one window."""

    head: str
    start_at: datetime
    end_at: datetime
    results: Sequence[Backtest]
    noise_budget: NoiseBudget
    incidents: Sequence[Incident]
    alarms: Sequence[Alarm] = ()

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
    if not report.incidents:
        yield "  no incidents are known: every ring counts as noise; write [[alarms.incidents]] to tell them apart"


def report_document(report: BacktestReport) -> dict[str, Any]:
    """Return a backtest as JSON."""
    by_name = {alarm.alarm_name: alarm for alarm in report.alarms}
    return {
        "format": 1,
        "head": report.head,
        "start_at": report.start_at.isoformat(),
        "end_at": report.end_at.isoformat(),
        "quiet_and_sharp": report.is_quiet_and_sharp,
        "noise_budget": report.noise_budget.model_dump(),
        "incidents": [
            {"title": title, "started_at": one.started_at.isoformat(), "ended_at": one.ended_at.isoformat()}
            for title, one in titled(report.incidents)
        ],
        "unseen_incidents": list(report.unseen_incidents),
        "alarms": [
            {
                "name": result.alarm_name,
                **_definition(by_name.get(result.alarm_name)),
                "threshold": result.threshold,
                "fired": len(result.rings),
                "fired_in_incidents": len(result.rings) - len(result.noise),
                "noise": len(result.noise),
                "noise_minutes": sum(ring.minutes for ring in result.noise),
                "minutes_in_alarm": result.minutes_in_alarm,
                "longest_minutes": result.longest_minutes,
                "missed_incidents": list(result.missed_incidents),
                "within_noise_budget": result.is_within_budget,
                "suggested_threshold": result.suggested_threshold,
                "periods_with_data": result.periods_with_data,
                "remarks": list(_remarks(result, report.noise_budget)),
                "timeline": result.timeline.document if result.timeline else None,
                "rings": [_ring_document(ring) for ring in result.rings],
            }
            for result in report.results
        ],
    }


def _definition(alarm: Alarm | None) -> dict[str, Any]:
    """Return what an alarm is, as far as one must know it to read its backtest."""
    if alarm is None:
        return {}
    if isinstance(alarm, CompositeAlarm):
        return {"kind": "composite", "description": alarm.description, "children": list(alarm.children)}
    compared = compared_metric(alarm)
    computed = next((query.label or query.expression for query in alarm.queries if query.return_data), None)
    return {
        "kind": "metric",
        "description": alarm.description,
        "watched": f"{compared.metric_name} {compared.statistic}" if compared else computed,
        "unit": _UNITS.get(compared.metric_name if compared else "", ""),
        "comparison": alarm.comparison_operator.value,
        "period_s": alarm.period_s,
        "evaluation_periods": alarm.evaluation_periods,
        "datapoints_to_alarm": alarm.datapoints_to_alarm,
        "treat_missing_data": alarm.treat_missing_data.value,
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
        wanted = f"noisier than its budget of {budget.rings_per_week:g} a week"
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
