"""Charts stay inside their plot, whatever the values are, and their texts say what is drawn."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.view.chart import Axis, Series, Window, chart, number

START = datetime(2026, 1, 1, tzinfo=UTC)
WINDOW = Window(start_at=START, end_at=START + timedelta(hours=1))
VALUES = st.lists(st.one_of(st.none(), st.floats(-1e9, 1e9)), max_size=60)


def _series(values: list[float | None], label: str = "a") -> Series:
    return Series(label=label, start_at=START, bucket_s=60, low=values, high=values)


@given(VALUES, VALUES, st.booleans(), st.floats(-1e6, 1e6))
def test_everything_is_inside_the_plot(
    first: list[float | None], second: list[float | None], stacked: bool, threshold: float
) -> None:
    drawn = chart(
        [_series(first), _series(second, "b")],
        WINDOW,
        marks=[("t", threshold, "threshold", "")],
        axis=Axis(stacked=stacked),
    )
    for line in drawn.lines:
        for x, y in re.findall(r"[ML]?(-?[\d.]+) (-?[\d.]+)", line.path):
            assert 0 <= float(x) <= 1000
            assert 0 <= float(y) <= 100
    assert all(0 <= tick.percent <= 100 for tick in (*drawn.values, *drawn.times))
    assert 1 <= len(drawn.values) <= 8
    assert drawn.marks[0].top_percent is not None


def test_a_gap_is_a_gap() -> None:
    (line,) = chart([_series([1.0, 2.0, None, 3.0])], WINDOW).lines
    assert line.path.count("M") == 2
    assert chart([_series([None, None])], WINDOW).lines[0].path == ""


def test_a_bucket_shows_its_lowest_and_highest_value() -> None:
    one = Series(label="a", start_at=START, bucket_s=3600, low=[0.0], high=[10.0])
    (line,) = chart([one], WINDOW, axis=Axis(bottom=0, top=10)).lines
    assert line.path == "M0.0 0.0L1000.0 0.0L1000.0 100.0L0.0 100.0Z"


def test_stacked_series_stand_on_one_another() -> None:
    lower, upper = chart([_series([1.0] * 60), _series([3.0] * 60, "b")], WINDOW, axis=Axis(top=4, stacked=True)).lines
    assert set(re.findall(r" ([\d.]+)", lower.path)) == {"75.0", "100.0"}
    assert set(re.findall(r" ([\d.]+)", upper.path)) == {"0.0", "75.0"}
    assert (lower.latest, upper.latest) == ("1", "3")


def test_a_mark_beyond_the_plot_is_told_and_not_drawn() -> None:
    (mark,) = chart([], WINDOW, marks=[("t", 200.0, "threshold", "red;}")], axis=Axis(top=100, unit="%")).marks
    assert (mark.top_percent, mark.value, mark.color) == (None, "200 %", "")


@pytest.mark.parametrize(
    ("hours", "texts"),
    [
        (1, ["00:00", "00:10"]),
        (24, ["00:00", "03:00"]),
        (72, ["01 Jan 00:00", "01 Jan 12:00"]),
        (90 * 24, ["01 Jan", "15 Jan"]),
    ],
)
def test_times_are_as_fine_as_they_fit(hours: int, texts: list[str]) -> None:
    window = Window(start_at=START, end_at=START + timedelta(hours=hours))
    assert [tick.text for tick in chart([], window).times][:2] == texts


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.05, "0.05"),
        (0.0144, "0.0144"),
        (2500.0, "2,500"),
        (1.5, "1.5"),
        (99.96, "99.96"),
        (1e-9, "0"),
        (None, "no data"),
    ],
)
def test_numbers(value: float | None, text: str) -> None:
    assert number(value) == text
