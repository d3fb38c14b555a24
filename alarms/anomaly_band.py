"""The band that a metric is expected in: CloudWatch learns it, and does not publish how.

Here it is computed plainly: for each hour of the day the mean of the last two weeks, and so many standard deviations
to both sides. CloudWatch's own band follows trends, weekdays and daylight saving time; so this one serves the sandbox,
where alarms on bands are to be tried out, and says nothing about what CloudWatch would decide.

See: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Anomaly_Detection.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from alarms.alarm import Metric, MetricAlarm, MetricQuery
from alarms.evaluate import ComparisonOperator
from alarms.metric_math_values import Series

BAND_OPERATORS = frozenset(
    {ComparisonOperator.OUTSIDE_BAND, ComparisonOperator.BELOW_BAND, ComparisonOperator.ABOVE_BAND}
)
BAND_ID = "band"
HISTORY_S = 14 * 86_400
"""How much history CloudWatch learns from, and how much is looked at here."""

_FEWEST_POINTS = 30
_BAND = re.compile(r"\s*ANOMALY_DETECTION_BAND\(\s*\w+\s*(?:,\s*(?P<width>\d+(?:\.\d+)?)\s*)?\)\s*", re.IGNORECASE)
_DEFAULT_WIDTH = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """The bounds of each period; NaN where too little is known."""

    lower: NDArray[np.float64]
    upper: NDArray[np.float64]


def band_queries(metric: Metric, width: float = _DEFAULT_WIDTH) -> tuple[MetricQuery, ...]:
    """Return the queries of an alarm that compares a metric with its band: both return data."""
    return (
        MetricQuery(query_id=BAND_ID, expression=f"ANOMALY_DETECTION_BAND(m1, {width:g})", label="expected"),
        MetricQuery(query_id="m1", metric=metric),
    )


def is_on_a_band(alarm: MetricAlarm) -> bool:
    """Whether an alarm compares with a band in place of a threshold."""
    return alarm.comparison_operator in BAND_OPERATORS


def band_width(alarm: MetricAlarm) -> float:
    """Return how many standard deviations an alarm's band is wide to each side.

    Raises:
        ValueError: If the alarm's threshold is no ``ANOMALY_DETECTION_BAND`` of one metric.
    """
    for query in alarm.queries:
        found = _BAND.fullmatch(query.expression or "") if query.query_id == alarm.threshold_metric_id else None
        if found is not None:
            return float(found["width"] or _DEFAULT_WIDTH)
    raise ValueError("the alarm's threshold is no ANOMALY_DETECTION_BAND(metric, width)")


def expected_band(values: Series, starts: Sequence[datetime], *, newest: int, width: float) -> Band:
    """Return the band of the newest periods, from those before.

    Args:
        values: A value a period, NaN where there is none.
        starts: When each period began.
        newest: How many of the last periods the band is for; they are not learnt from.
        width: How many standard deviations it is wide to each side.
    """
    learnt = values[: len(values) - newest]
    hours = np.array([start.hour for start in starts])
    lower, upper = np.full(newest, np.nan), np.full(newest, np.nan)
    for hour in set(hours[-newest:].tolist()):
        known = learnt[hours[: len(learnt)] == hour]
        known = known[~np.isnan(known)]
        if len(known) >= _FEWEST_POINTS:
            here = hours[-newest:] == hour
            lower[here] = known.mean() - width * known.std()
            upper[here] = known.mean() + width * known.std()
    return Band(lower=lower, upper=upper)


def breaches(operator: ComparisonOperator, value: float, lower: float, upper: float) -> bool:
    """Whether a value is outside of a band on the side that the operator watches."""
    below = operator is not ComparisonOperator.ABOVE_BAND and value < lower
    above = operator is not ComparisonOperator.BELOW_BAND and value > upper
    return bool(below or above)
