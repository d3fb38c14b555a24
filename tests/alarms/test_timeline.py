"""A timeline is short, and loses no peak and no gap that is as long as a bucket."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from alarms.timeline import timeline

START = datetime(2026, 1, 1, tzinfo=UTC)
VALUES = st.lists(st.one_of(st.just(float("nan")), st.integers(0, 999).map(float)), max_size=200)


@given(VALUES, st.integers(1, 50))
def test_every_bucket_has_the_lowest_and_highest_value_of_its_periods(values: list[float], most: int) -> None:
    found = timeline(np.array(values), start_at=START, period_s=60, most=most)
    assert len(found.low) == len(found.high) <= most
    periods = found.bucket_s // 60
    for position, (low, high) in enumerate(zip(found.low, found.high, strict=True)):
        known = [value for value in values[position * periods : (position + 1) * periods] if not np.isnan(value)]
        assert (low, high) == ((min(known), max(known)) if known else (None, None))
    assert len(found.low) * periods >= len(values)


def test_a_peak_of_a_minute_in_ninety_days_is_kept() -> None:
    values = np.full(90 * 1440, 1.0)
    values[77_777] = 12_345.0
    found = timeline(values, start_at=START, period_s=60)
    assert (found.high.count(12_345.0), found.low.count(12_345.0)) == (1, 0)
    assert found.bucket_s == 180 * 60
