from __future__ import annotations

import pytest

from contracts.evidence import Trace, TraceSegment
from reports.view.trace_timeline import Timeline, TraceBar, duration_text, timeline
from tests.reports.judgements import trace_of


def test_segments_lie_under_the_one_they_name_as_parent() -> None:
    assert timeline(trace_of("1-a-b")) == Timeline(
        trace_id="1-a-b",
        total="74 ms",
        bars=(
            TraceBar(
                name="users-api/dev", depth=0, origin="AWS::ApiGateway::Stage", left_percent=0.0, width_percent=100.0,
                duration="74 ms", state="ok", status=502,
            ),
            TraceBar(
                name="Lambda", depth=1, origin="", left_percent=12.16, width_percent=77.03, duration="57 ms",
                state="ok", status=200,
            ),
            TraceBar(
                name="users-legacy", depth=2, origin="AWS::Lambda::Function", left_percent=16.22, width_percent=66.22,
                duration="49 ms", state="fault", status=500,
            ),
        ),
    )  # fmt: skip


def segment(name: str, parent: str | None = None, start_s: float = 0.0, end_s: float | None = 1.0) -> TraceSegment:
    return TraceSegment(segment_id=name, name=name, parent_id=parent, start_s=start_s, end_s=end_s)


def test_a_segment_in_progress_reaches_to_the_end() -> None:
    bars = timeline(Trace(trace_id="t", segments=(segment("a"), segment("b", "a", 0.25, None)))).bars
    assert [(bar.name, bar.left_percent, bar.width_percent, bar.duration) for bar in bars] == [
        ("a", 0.0, 100.0, "1.00 s"),
        ("b", 25.0, 75.0, "in progress"),
    ]


def test_segments_that_are_each_others_parents_are_shown_once() -> None:
    bars = timeline(Trace(trace_id="t", segments=(segment("a", "b"), segment("b", "a"), segment("c", "c")))).bars
    assert sorted(bar.name for bar in bars) == ["a", "b", "c"]


@pytest.mark.parametrize("end_s", [None, 0.0, -5.0])
def test_a_segment_without_length_has_a_bar_that_can_be_seen(end_s: float | None) -> None:
    bar = timeline(Trace(trace_id="t", segments=(segment("a", end_s=end_s),))).bars[0]
    assert bar.width_percent >= 0.8
    assert 0 <= bar.left_percent <= 100


def test_an_empty_trace_has_no_bars() -> None:
    assert timeline(Trace(trace_id="t")) == Timeline(trace_id="t", total="0 ms", bars=())


@pytest.mark.parametrize(
    ("ms", "text"), [(0.0, "0 ms"), (2.0, "2 ms"), (0.42, "0.4 ms"), (42.4, "42 ms"), (1250, "1.25 s")]
)
def test_durations(ms: float, text: str) -> None:
    assert duration_text(ms) == text
