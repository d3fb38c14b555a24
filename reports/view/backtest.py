"""A backtest as its page shows it, read from the document that ``alarms backtest --json`` prints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reports.view.chart import Axis, Chart, Series, Stretch, Window, chart, number
from reports.view.names import common_prefix

_MINUTES_AN_HOUR = 60
_MOST_RINGS = 50
_COLUMNS = ("fired", "outside of incidents", "in ALARM", "longest", "threshold", "suggested", "first", "last")
_SIGNS = {
    "GreaterThanThreshold": ">",
    "GreaterThanOrEqualToThreshold": "≥",
    "LessThanThreshold": "<",
    "LessThanOrEqualToThreshold": "≤",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RingRow:
    """One time in ALARM."""

    started_at: str
    length: str
    incident: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmSection:
    """One alarm: what it did, and its chart. ``state`` is ``noisy``, ``blind`` (no data) or ``fine``."""

    anchor: str
    name: str
    description: str
    short_name: str
    state: str
    facts: tuple[tuple[str, str], ...]
    remarks: tuple[str, ...]
    chart: Chart
    ringing: tuple[Stretch, ...]
    rings: tuple[RingRow, ...]
    rings_left_out: int
    has_metric: bool
    row: tuple[str, ...]
    missed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentRow:
    """A known incident, and how many alarms rang in it."""

    title: str
    started_at: str
    length: str
    rang: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestPage:
    """The whole page; alarms that need a change come first."""

    head: str
    window: str
    prefix: str
    columns: tuple[str, ...]
    headline: str
    state: str
    budget: str
    counts: tuple[tuple[str, int, str], ...]
    incidents: tuple[IncidentRow, ...]
    alarms: tuple[AlarmSection, ...]


def backtest_page(document: Mapping[str, Any]) -> BacktestPage:
    """Return the page of a backtest's document."""
    window = Window(start_at=_moment(document["start_at"]), end_at=_moment(document["end_at"]))
    alarms = sorted(document["alarms"], key=lambda alarm: (alarm["within_noise_budget"], alarm["name"]))
    prefix = common_prefix([alarm["name"] for alarm in alarms])
    noisy = sum(not alarm["within_noise_budget"] for alarm in alarms)
    unseen = document["unseen_incidents"]
    return BacktestPage(
        head=document["head"],
        prefix=prefix,
        columns=_COLUMNS,
        window=f"{_shown(window.start_at)} to {_shown(window.end_at)}",
        headline=_headline(noisy, len(unseen), len(alarms)),
        state="broken" if noisy or unseen else "held",
        budget=_budget(document["noise_budget"]),
        counts=(
            ("", len(alarms), "alarms"),
            ("", sum(alarm["fired"] for alarm in alarms), "times in ALARM"),
            ("undetermined", sum(alarm["noise"] for alarm in alarms), "outside of incidents"),
            ("broken", noisy, "over the noise budget"),
            ("broken", len(unseen), "incidents unseen"),
        ),
        incidents=tuple(_incidents(document["incidents"], alarms, prefix)),
        alarms=tuple(
            _section(alarm, document, window, anchor=f"alarm-{position}", prefix=prefix)
            for position, alarm in enumerate(alarms, 1)
        ),
    )


def _section(
    alarm: Mapping[str, Any], document: Mapping[str, Any], window: Window, *, anchor: str, prefix: str
) -> AlarmSection:
    is_blind = alarm.get("kind") == "metric" and not alarm["periods_with_data"]
    rings = alarm["rings"]
    return AlarmSection(
        anchor=anchor,
        name=alarm["name"],
        short_name=alarm["name"].removeprefix(prefix),
        description=alarm.get("description") or "",
        state="noisy" if not alarm["within_noise_budget"] else "blind" if is_blind else "fine",
        facts=tuple(_facts(alarm)),
        remarks=tuple(alarm["remarks"]),
        chart=_chart(alarm, document["incidents"], window),
        ringing=tuple(_ringing(rings, window)),
        rings=tuple(_ring_row(ring) for ring in rings[:_MOST_RINGS]),
        rings_left_out=max(0, len(rings) - _MOST_RINGS),
        has_metric=alarm["timeline"] is not None,
        row=_row(alarm),
        missed=tuple(alarm["missed_incidents"]),
    )


def _ring_row(ring: Mapping[str, Any]) -> RingRow:
    length = _length(ring["minutes"])
    return RingRow(started_at=_shown(_moment(ring["started_at"])), length=length, incident=ring["incident"])


def _facts(alarm: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    rings, unit = alarm["rings"], alarm.get("unit", "")
    if alarm["threshold"] is not None:
        sign = _SIGNS.get(alarm.get("comparison", ""), alarm.get("comparison", ""))
        yield "rings where", f"{alarm.get('watched') or 'the value'} {sign} {number(alarm['threshold'], unit)}"
        yield "for", _evaluation(alarm)
        yield "missing data", str(alarm.get("treat_missing_data", ""))
    elif alarm.get("children"):
        yield "stands for", f"{len(alarm['children'])} alarms"
    yield "times fired", f"{alarm['fired']}"
    yield "in incidents", f"{alarm['fired_in_incidents']}"
    yield "outside (noise)", f"{alarm['noise']} ({_length(alarm['noise_minutes'])})"
    yield "in ALARM", _length(alarm["minutes_in_alarm"])
    yield "longest", _length(alarm["longest_minutes"])
    yield "first", _shown(_moment(rings[0]["started_at"])) if rings else "never"
    yield "last", _shown(_moment(rings[-1]["started_at"])) if rings else "never"
    yield "noise budget", "kept" if alarm["within_noise_budget"] else "exceeded"
    if alarm["suggested_threshold"] is not None:
        yield "suggested threshold", number(alarm["suggested_threshold"], unit)


def _evaluation(alarm: Mapping[str, Any]) -> str:
    period = _length(alarm.get("period_s", 60) / 60)
    wanted, of = alarm.get("datapoints_to_alarm", 1), alarm.get("evaluation_periods", 1)
    return f"{wanted} of {of} periods of {period}" if of > 1 else f"a period of {period}"


def _chart(alarm: Mapping[str, Any], incidents: Sequence[Mapping[str, Any]], window: Window) -> Chart:
    marks = []
    if alarm["threshold"] is not None:
        marks.append(("threshold", float(alarm["threshold"]), "threshold", ""))
    if alarm["suggested_threshold"] is not None:
        marks.append(("suggested threshold", float(alarm["suggested_threshold"]), "suggested", ""))
    shaded = [
        window.stretch(_moment(one["started_at"]), _moment(one["ended_at"]), label=one["title"], kind="incident")
        for one in incidents
    ]
    lines = [Series.of(alarm.get("watched") or "value", alarm["timeline"])] if alarm["timeline"] else []
    return chart(lines, window, marks=marks, stretches=shaded, axis=Axis(unit=alarm.get("unit", "")))


def _ringing(rings: Sequence[Mapping[str, Any]], window: Window) -> Iterator[Stretch]:
    for ring in rings:
        start_at, end_at = _moment(ring["started_at"]), _moment(ring["ended_at"])
        whose = f"in {ring['incident']}" if ring["incident"] else "outside of incidents"
        label = f"{_shown(start_at)}, {_length(ring['minutes'])}, {whose}"
        yield window.stretch(start_at, end_at, label=label, kind="right" if ring["incident"] else "noise")


def _incidents(
    incidents: Sequence[Mapping[str, Any]], alarms: Sequence[Mapping[str, Any]], prefix: str
) -> Iterator[IncidentRow]:
    for one in incidents:
        started_at, ended_at = _moment(one["started_at"]), _moment(one["ended_at"])
        yield IncidentRow(
            title=one["title"],
            started_at=_shown(started_at),
            length=_length((ended_at - started_at).total_seconds() / 60),
            rang=tuple(
                alarm["name"].removeprefix(prefix) for alarm in alarms if one["title"] not in alarm["missed_incidents"]
            ),
        )


def _row(alarm: Mapping[str, Any]) -> tuple[str, ...]:
    rings, unit = alarm["rings"], alarm.get("unit", "")
    thresholds = (alarm["threshold"], alarm["suggested_threshold"])
    return (
        str(alarm["fired"]),
        str(alarm["noise"]),
        _length(alarm["minutes_in_alarm"]),
        _length(alarm["longest_minutes"]),
        *("-" if threshold is None else number(threshold, unit) for threshold in thresholds),
        _shown(_moment(rings[0]["started_at"])) if rings else "never",
        _shown(_moment(rings[-1]["started_at"])) if rings else "-",
    )


def _headline(noisy: int, unseen: int, alarms: int) -> str:
    if not alarms:
        return "No alarm is wanted"
    parts = [f"{noisy} of {alarms} alarms would be too noisy"] if noisy else []
    parts += (
        [f"{unseen} {'incident' if unseen == 1 else 'incidents'} would have been seen by no alarm"] if unseen else []
    )
    return "; ".join(parts) or "Quiet and sharp: every alarm keeps to its noise budget, every known incident was seen"


def _budget(budget: Mapping[str, Any]) -> str:
    rings = f"{budget['rings_per_week']:g} a week outside of incidents"
    minutes = budget.get("minutes_in_alarm_per_week")
    return rings if minutes is None else f"{rings}, and {minutes:g} minutes"


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _shown(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}Z"


def _length(minutes: float) -> str:
    hours, rest = divmod(round(minutes), _MINUTES_AN_HOUR)
    return f"{hours} h {rest:02d} min" if hours else f"{rest} min"
