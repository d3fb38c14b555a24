"""A metric over time, short enough to be drawn: the lowest and highest value of each stretch, so no peak is lost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alarms.metric_math_values import Series

MOST_BUCKETS = 720
"""About one a pixel of a chart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The lowest and the highest value of each bucket, None where it has none.

    ``bucket_s`` is the length of a bucket; the first begins at ``start_at``.
    """

    start_at: datetime
    bucket_s: int
    low: tuple[float | None, ...]
    high: tuple[float | None, ...]

    @property
    def document(self) -> dict[str, Any]:
        """The timeline as JSON."""
        return {
            "start_at": self.start_at.isoformat(),
            "bucket_s": self.bucket_s,
            "low": list(self.low),
            "high": list(self.high),
        }


def timeline(values: Series, *, start_at: datetime, period_s: int, most: int = MOST_BUCKETS) -> Timeline:
    """Return values as a timeline.

    Args:
        values: A value a period, NaN where there is none.
        start_at: When the first period begins.
        period_s: The length of a period.
        most: How many buckets there may be; several periods share one where there are more periods.
    """
    periods = max(1, -(-len(values) // most))
    padded = np.pad(values.astype(np.float64), (0, -len(values) % periods), constant_values=np.nan).reshape(-1, periods)
    known = ~np.isnan(padded)
    low, high = np.where(known, padded, np.inf).min(axis=1), np.where(known, padded, -np.inf).max(axis=1)
    exists: NDArray[np.bool_] = np.asarray(known.any(axis=1))
    return Timeline(
        start_at=start_at,
        bucket_s=periods * period_s,
        low=_told(low, exists),
        high=_told(high, exists),
    )


def _told(values: Series, exists: NDArray[np.bool_]) -> tuple[float | None, ...]:
    """Return values to six significant digits, which is more than a chart can show."""
    return tuple(float(f"{value:.6g}") if there else None for value, there in zip(values.tolist(), exists, strict=True))
