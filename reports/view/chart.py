"""Geometry of charts over time: lines, marks of thresholds, shaded stretches, and the texts of both axes.

Places are percent of the plot, so that a page can stretch it to any width while its texts keep their size.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

_HEX = re.compile(r"#[0-9a-fA-F]{6}")
_PALETTE = ("#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#17a2b8")
_NARROWEST_PERCENT = 0.25
_TIME_STEPS_S = (60, 300, 600, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 86_400, 2 * 86_400, 7 * 86_400, 14 * 86_400)
_LONG_TIME_STEPS_S = (30 * 86_400, 60 * 86_400, 90 * 86_400)
_MOST_TIME_TICKS = 8
_DAY_S = 86_400
_HEADROOM = 1.08


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A metric: an SVG path that holds its lowest and highest values, and what its legend says."""

    path: str
    color: str
    label: str
    latest: str
    is_filled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A horizontal line at a value; ``top_percent`` None where it lies beyond the plot. ``kind`` is a CSS class."""

    label: str
    value: str
    top_percent: float | None
    kind: str
    color: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A stretch of time that stands out. ``kind`` is a CSS class."""

    left_percent: float
    width_percent: float
    label: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A text at an axis; every second one is ``minor`` and gives way on narrow screens."""

    percent: float
    text: str
    minor: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A chart, ready to be drawn on a plot of 1000 by 100."""

    lines: tuple[Line, ...]
    marks: tuple[Mark, ...]
    stretches: tuple[Stretch, ...]
    values: tuple[Tick, ...]
    times: tuple[Tick, ...]
    described: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The time that a chart shows."""

    start_at: datetime
    end_at: datetime

    def percent(self, moment: datetime) -> float:
        """Return where a moment lies, from 0 to 100."""
        share = (moment - self.start_at) / max(self.end_at - self.start_at, timedelta(seconds=1))
        return round(100 * min(1.0, max(0.0, share)), 3)

    def stretch(self, start_at: datetime, end_at: datetime, *, label: str, kind: str) -> Stretch:
        """Return a stretch, wide enough to be seen."""
        left = self.percent(start_at)
        width = max(_NARROWEST_PERCENT, self.percent(end_at) - left)
        return Stretch(left_percent=min(left, 100 - width), width_percent=round(width, 3), label=label, kind=kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A metric to draw: the lowest and highest value of each bucket, None where it has none."""

    label: str
    start_at: datetime
    bucket_s: float
    low: Sequence[float | None]
    high: Sequence[float | None]
    color: str = ""

    @classmethod
    def of(cls, label: str, document: Mapping[str, Any], *, color: str = "") -> Series:
        """Read a timeline from its JSON."""
        return cls(
            label=label,
            start_at=datetime.fromisoformat(document["start_at"]),
            bucket_s=float(document["bucket_s"]),
            low=document["low"],
            high=document["high"],
            color=color,
        )

    @property
    def latest(self) -> float | None:
        """The newest value."""
        return next((value for value in reversed(self.high) if value is not None), None)

    @property
    def runs(self) -> Iterator[range]:
        """The positions of buckets that follow one another without a gap."""
        first = None
        for position, value in enumerate([*self.high, None]):
            if value is not None and first is None:
                first = position
            elif value is None and first is not None:
                yield range(first, position)
                first = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """How values are shown: ``bottom`` and ``top`` None where the data decide, ``stacked`` one on another."""

    bottom: float | None = None
    top: float | None = None
    unit: str = ""
    stacked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """The values that a plot shows, from the bottom to the top."""

    bottom: float
    top: float

    def top_percent(self, value: float) -> float:
        """Return how far below the top of the plot a value lies."""
        share = (value - self.bottom) / ((self.top - self.bottom) or 1.0)
        return round(100 * (1 - min(1.0, max(0.0, share))), 2)


_PLAIN = Axis()


def chart(
    series: Sequence[Series],
    window: Window,
    *,
    marks: Sequence[tuple[str, float, str, str]] = (),
    stretches: Sequence[Stretch] = (),
    axis: Axis = _PLAIN,
) -> Chart:
    """Lay a chart out.

    Args:
        series: The metrics.
        window: The time to show.
        marks: Horizontal lines: label, value, CSS class, colour (empty for the class's own).
        stretches: Stretches of time to shade.
        axis: How values are shown.
    """
    drawn, unit = _stacked(series) if axis.stacked else list(series), axis.unit
    scale = _scale(drawn, [value for _, value, _, _ in marks], axis)
    lines = tuple(
        Line(
            path=_path(one, window, scale, base=below if axis.stacked else None),
            color=_color(one.color, position),
            label=one.label,
            latest=number(series[position].latest, unit),
            is_filled=axis.stacked,
        )
        for position, (one, below) in enumerate(zip(drawn, [None, *drawn], strict=False))
    )
    return Chart(
        lines=lines,
        marks=tuple(
            Mark(
                label=label,
                value=number(value, unit),
                top_percent=scale.top_percent(value) if scale.bottom <= value <= scale.top else None,
                kind=kind,
                color=color if _HEX.fullmatch(color) else "",
            )
            for label, value, kind, color in marks
        ),
        stretches=tuple(stretches),
        values=tuple(_value_ticks(scale, unit)),
        times=tuple(_time_ticks(window)),
        described=_described(lines, marks, unit),
    )


def number(value: float | None, unit: str = "") -> str:
    """Return a value for people: at most four digits, and its unit."""
    if value is None:
        return "no data"
    size = abs(value)
    digits = 0 if size >= 100 or size == 0 else min(6, 3 - math.floor(math.log10(size)))  # noqa: PLR2004 - three digits
    text = f"{value:,.{max(0, digits)}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return f"{text} {unit}" if unit else text


def _scale(series: Sequence[Series], marks: Sequence[float], axis: Axis) -> Scale:
    values = [value for one in series for value in (*one.low, *one.high) if value is not None] + list(marks)
    lowest, highest = min(values, default=0.0), max(values, default=1.0)
    low = axis.bottom if axis.bottom is not None else min(0.0, lowest)
    high = axis.top if axis.top is not None else highest * (_HEADROOM if highest > 0 else 1.0)
    return Scale(bottom=low, top=high if high > low else low + 1.0)


def _path(series: Series, window: Window, scale: Scale, *, base: Series | None) -> str:
    """Return a closed path around every run of buckets: along the highest values, and back along the lowest."""
    parts = []
    for run in series.runs:
        upper = list(_corners(series, series.high, run, window, scale))
        under = base.high if base else series.low
        lower = list(_corners(series, under, run, window, scale))
        parts.append("M" + "L".join([*upper, *reversed(lower)]) + "Z")
    return "".join(parts)


def _corners(series: Series, values: Sequence[float | None], run: range, window: Window, scale: Scale) -> Iterator[str]:
    """Return the points of a run: each bucket's middle, and the run's two ends."""
    ends = {run[0]: (0.0, 0.5), run[-1]: (0.5, 1.0)} if len(run) > 1 else {run[0]: (0.0, 1.0)}
    for position in run:
        value = values[position] if position < len(values) else None
        y = scale.top_percent(value if value is not None else scale.bottom)
        for share in ends.get(position, (0.5,)):
            moment = series.start_at + timedelta(seconds=(position + share) * series.bucket_s)
            yield f"{window.percent(moment) * 10:.1f} {y:.1f}"


def _stacked(series: Sequence[Series]) -> list[Series]:
    found: list[Series] = []
    for one in series:
        below = found[-1].high if found else [0.0] * len(one.high)
        sums = [
            None if value is None else value + (under or 0.0) for value, under in zip(one.high, below, strict=False)
        ]
        found.append(
            Series(
                label=one.label,
                start_at=one.start_at,
                bucket_s=one.bucket_s,
                low=[0.0 if value is not None else None for value in sums],
                high=sums,
                color=one.color,
            )
        )
    return found


def _color(given: str, position: int) -> str:
    return given if _HEX.fullmatch(given) else _PALETTE[position % len(_PALETTE)]


def _value_ticks(scale: Scale, unit: str) -> Iterator[Tick]:
    step = _nice((scale.top - scale.bottom) / 4)
    value = math.ceil(scale.bottom / step) * step
    while value <= scale.top * (1 + 1e-9):
        yield Tick(percent=scale.top_percent(value), text=number(value, unit if value else ""))
        value += step


def _nice(step: float) -> float:
    """Return 1, 2 or 5 times a power of ten, not below a step."""
    power = 10.0 ** math.floor(math.log10(step))
    return next((factor * power for factor in (1, 2, 5) if factor * power >= step), 10 * power)


def _time_ticks(window: Window) -> Iterator[Tick]:
    length_s = (window.end_at - window.start_at).total_seconds()
    steps = (*_TIME_STEPS_S, *_LONG_TIME_STEPS_S)
    step_s = next((step for step in steps if length_s / step <= _MOST_TIME_TICKS), steps[-1])
    moment = math.ceil(window.start_at.timestamp() / step_s) * step_s
    position = 0
    while moment < window.end_at.timestamp():
        at = datetime.fromtimestamp(moment, UTC)
        text = f"{at:%d %b}" if step_s >= _DAY_S else f"{at:%d %b %H:%M}" if length_s > _DAY_S else f"{at:%H:%M}"
        yield Tick(percent=window.percent(at), text=text, minor=position % 2 == 1)
        moment += step_s
        position += 1


def _described(lines: Sequence[Line], marks: Sequence[tuple[str, float, str, str]], unit: str) -> str:
    """Return what a chart shows, for those who do not see it."""
    told = [f"{line.label}, latest {line.latest}" for line in lines]
    told += [f"{label} at {number(value, unit)}" for label, value, _, _ in marks]
    return "Chart of " + "; ".join(told) if told else "Chart without data"
