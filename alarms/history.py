"""The history of metrics, read from CloudWatch into a table: a row a period, a column a metric.

CloudWatch keeps minutes for 15 days, five minutes for 63 days and hours for 455 days. Older parts of a long history are
therefore coarser; they are spread over the periods that are asked for (counts evenly, other statistics as they are).

See: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from alarms.alarm import Metric
from alarms.calls import AlarmCallError, called
from alarms.documents import metric_stat
from contracts.alarm_expectations import HistoryThreshold

if TYPE_CHECKING:
    import pandas as pd

_QUERIES_A_CALL = 100
_FAILED = frozenset({"InternalError", "Forbidden"})
_POINTS_A_CALL = 100_000
_ADDITIVE = frozenset({"Sum", "SampleCount"})
_RETENTION = ((60, timedelta(days=15)), (300, timedelta(days=63)), (3600, timedelta(days=455)))
_QUANTILES = {"minimum": 0.0, "maximum": 1.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryWindow:
    """A time of the past, and when it is looked at."""

    start_at: datetime
    end_at: datetime
    now: datetime

    @classmethod
    def until(cls, now: datetime, *, days: float) -> HistoryWindow:
        """Return the window of some days before now, on whole minutes."""
        end_at = now.astimezone(UTC).replace(second=0, microsecond=0)
        return cls(start_at=end_at - timedelta(days=days), end_at=end_at, now=now)


def read_history(client: Any, metrics: Sequence[Metric], window: HistoryWindow, *, period_s: int) -> pd.DataFrame:
    """Read metrics over a window.

    Args:
        client: A boto3 client of CloudWatch.
        metrics: The metrics; each becomes a column.
        window: From when to when.
        period_s: The length of a row's period.

    Returns:
        A row for every whole period since the one the window begins in (aware UTC starts); NaN where there is no data.

    Raises:
        AlarmCallError: If AWS refuses a call.
    """
    import pandas as pd

    window = HistoryWindow(
        start_at=_on_grid(window.start_at, period_s, math.floor),
        end_at=_on_grid(window.end_at, period_s, math.floor),
        now=window.now,
    )
    index = pd.date_range(window.start_at, window.end_at, freq=f"{period_s}s", inclusive="left", tz="UTC")
    frame = pd.DataFrame(float("nan"), index=index, columns=range(len(metrics)))
    for start_at, end_at, resolution_s in _parts(window, period_s):
        for first in range(0, len(metrics), _QUERIES_A_CALL):
            chosen = metrics[first : first + _QUERIES_A_CALL]
            for position, points in _read(client, chosen, start_at, end_at, resolution_s).items():
                column = _spread(points, metrics[first + position], resolution_s, period_s)
                frame[first + position] = column.reindex(index).combine_first(frame[first + position])
    frame.columns = pd.Index(list(metrics), tupleize_cols=False)
    return frame


def threshold_of(values: pd.Series[float], asked: HistoryThreshold) -> float | None:
    """Return the threshold that a history gives, to three significant digits; None without any data."""
    known = values.dropna()
    if known.empty:
        return None
    if asked.statistic == "average":
        base = float(known.mean())
    elif asked.statistic == "sum":
        base = float(known.sum())
    else:
        base = float(known.quantile(_quantile(asked.statistic)))
    return _rounded(base * asked.factor)


def _quantile(statistic: str) -> float:
    return _QUANTILES[statistic] if statistic in _QUANTILES else float(statistic.removeprefix("p")) / 100


def _rounded(value: float) -> float:
    return 0.0 if value == 0 else round(value, 2 - math.floor(math.log10(abs(value))))


def _parts(window: HistoryWindow, period_s: int) -> Iterator[tuple[datetime, datetime, int]]:
    """Return the parts of a window, each with the finest resolution that CloudWatch still has, the oldest first."""
    end_at, parts = window.end_at, []
    for resolution_s, kept in _RETENTION:
        start_at = max(window.start_at, _on_grid(window.now - kept, max(resolution_s, period_s)))
        if start_at < end_at:
            parts.append((start_at, end_at, max(resolution_s, period_s)))
            end_at = start_at
    return iter(parts[::-1])


def _on_grid(moment: datetime, grid_s: int, towards: Callable[[float], int] = math.ceil) -> datetime:
    return datetime.fromtimestamp(towards(moment.timestamp() / grid_s) * grid_s, UTC)


def _read(
    client: Any, metrics: Sequence[Metric], start_at: datetime, end_at: datetime, resolution_s: int
) -> dict[int, dict[datetime, float]]:
    """Read points by the position of their metric; calls are cut so that none gives more than AWS allows."""
    from dataclasses import replace

    queries = [
        {"Id": f"m{position}", "MetricStat": metric_stat(replace(metric, period_s=resolution_s))}
        for position, metric in enumerate(metrics)
    ]
    found: dict[int, dict[datetime, float]] = {position: {} for position in range(len(metrics))}
    length = timedelta(seconds=max(1, _POINTS_A_CALL // max(1, len(metrics))) * resolution_s)
    while start_at < end_at:
        until = min(end_at, start_at + length)
        for result in _results(client, queries, start_at, until):
            points = zip(result["Timestamps"], result["Values"], strict=True)
            found[int(result["Id"][1:])] |= {moment.astimezone(UTC): float(value) for moment, value in points}
        start_at = until
    return found


def _results(client: Any, queries: list[dict[str, Any]], start_at: datetime, end_at: datetime) -> Iterator[Any]:
    pages = called(
        lambda: list(
            client.get_paginator("get_metric_data").paginate(
                MetricDataQueries=queries, StartTime=start_at, EndTime=end_at, ScanBy="TimestampAscending"
            )
        ),
        action="cloudwatch:GetMetricData",
    )
    for page in pages:
        check_readable(page["MetricDataResults"])
        yield from page["MetricDataResults"]


def check_readable(results: Iterable[Mapping[str, Any]]) -> None:
    """Make sure that GetMetricData read what it was asked for: a failed query gives no values, and that is no silence.

    Raises:
        AlarmCallError: If a query failed.
    """
    for result in results:
        if result.get("StatusCode") in _FAILED:
            told = "; ".join(str(message.get("Value")) for message in result.get("Messages") or ())
            raise AlarmCallError(
                f"GetMetricData could not read {result.get('Label') or result['Id']} ({result['StatusCode']})"
                f"{f': {told}' if told else ''}; allow cloudwatch:GetMetricData, or try again"
            )


def _spread(points: dict[datetime, float], metric: Metric, resolution_s: int, period_s: int) -> pd.Series[float]:
    """Spread coarse points over the finer periods that they stand for."""
    import pandas as pd

    series = pd.Series(points, dtype="float64").sort_index()
    factor = resolution_s // period_s
    if factor <= 1 or series.empty:
        return series
    if metric.statistic in _ADDITIVE:
        series /= factor
    shifted = [series.set_axis(series.index + pd.Timedelta(seconds=step * period_s)) for step in range(factor)]
    return pd.concat(shifted).sort_index()
