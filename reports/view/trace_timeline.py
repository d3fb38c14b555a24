"""A trace as a timeline: one bar a segment, in percent of the whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from contracts.evidence import Trace, TraceSegment

_MOST_BARS = 40
_THINNEST_PERCENT = 0.8
_MS_PER_S = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceBar:
    """A segment: where its bar begins and how wide it is; ``state`` is ``ok``, ``fault``, ``error`` or ``throttle``."""

    name: str
    depth: int
    origin: str
    left_percent: float
    width_percent: float
    duration: str
    state: str
    status: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """All bars of a trace; ``left_out`` is how many are not shown."""

    trace_id: str
    total: str
    bars: tuple[TraceBar, ...]
    left_out: int = 0


def timeline(trace: Trace) -> Timeline:
    """Lay out a trace; a segment in progress reaches to the end."""
    placed = list(_placed(trace.segments))
    if not placed:
        return Timeline(trace_id=trace.trace_id, total="0 ms", bars=())
    start_s = min(segment.start_s for segment, _ in placed)
    end_s = max(max(segment.start_s, segment.end_s or segment.start_s) for segment, _ in placed)
    bars = tuple(_bar(segment, depth, start_s, end_s) for segment, depth in placed[:_MOST_BARS])
    total = duration_text((end_s - start_s) * _MS_PER_S)
    return Timeline(trace_id=trace.trace_id, total=total, bars=bars, left_out=max(0, len(placed) - _MOST_BARS))


def duration_text(milliseconds: float) -> str:
    """Return a duration for reading: ``0.4 ms``, ``42 ms``, ``1.25 s``."""
    if milliseconds >= _MS_PER_S:
        return f"{milliseconds / _MS_PER_S:.2f} s"
    return f"{milliseconds:.0f} ms" if milliseconds >= 10 else f"{round(milliseconds, 1):g} ms"  # noqa: PLR2004


def _bar(segment: TraceSegment, depth: int, start_s: float, end_s: float) -> TraceBar:
    whole_s = (end_s - start_s) or 1.0
    until_s = end_s if segment.end_s is None else max(segment.start_s, segment.end_s)
    left = min(100 * (segment.start_s - start_s) / whole_s, 100 - _THINNEST_PERCENT)
    width = max(100 * (until_s - segment.start_s) / whole_s, _THINNEST_PERCENT)
    took = duration_text((until_s - segment.start_s) * _MS_PER_S)
    return TraceBar(
        name=segment.name,
        depth=min(depth, 6),
        origin=segment.origin or "",
        left_percent=round(left, 2),
        width_percent=round(min(width, 100 - left), 2),
        duration="in progress" if segment.end_s is None else took,
        state=_state(segment),
        status=segment.status,
    )


def _state(segment: TraceSegment) -> str:
    flags = {"throttle": segment.throttle, "fault": segment.fault, "error": segment.error}
    return next((name for name, is_set in flags.items() if is_set), "ok")


def _placed(segments: Sequence[TraceSegment]) -> Iterator[tuple[TraceSegment, int]]:
    """Yield every segment below the one it names as its parent, with its depth."""
    every = [inner for segment in segments for inner in _inner(segment)]
    known = {segment.segment_id for segment in every}
    children: dict[str | None, list[TraceSegment]] = {}
    for segment in segments:
        parent = segment.parent_id if segment.parent_id in known else None
        children.setdefault(parent, []).append(segment)
    seen: set[int] = set()
    for root in (*sorted(children.get(None, []), key=_start), *segments):
        yield from _below(root, children, 0, seen)


def _below(
    segment: TraceSegment, children: dict[str | None, list[TraceSegment]], depth: int, seen: set[int]
) -> Iterator[tuple[TraceSegment, int]]:
    if id(segment) in seen or depth > 50:  # noqa: PLR2004 - a trace that names itself as parent must end
        return
    seen.add(id(segment))
    yield segment, depth
    for inner in sorted((*segment.subsegments, *children.get(segment.segment_id, [])), key=_start):
        yield from _below(inner, children, depth + 1, seen)


def _inner(segment: TraceSegment) -> Iterator[TraceSegment]:
    yield segment
    for inner in segment.subsegments:
        yield from _inner(inner)


def _start(segment: TraceSegment) -> float:
    return segment.start_s
