"""Gap: moto's GetMetricData walks over all data for every period, and computes no metric math.

Metric math is computed by whoever is registered with ``set_metric_math``; without one, expressions stay moto's.

See: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from moto.cloudwatch import models
from moto.cloudwatch.exceptions import ValidationError

from gateway.errors import StageproofError
from sandbox.control_plane.metric_index import series
from sandbox.control_plane.patching import Function, extend

Query = Mapping[str, Any]
Values = Sequence[float | None]
"""A value a period, the oldest first; None where there is none."""

MetricMath = Callable[[Sequence[Query], Mapping[str, Values], int], Mapping[str, Values]]
"""Computes expressions: ``(queries, values of metrics by query id, period in seconds) -> values by query id``."""

_DEFAULT_PERIOD_S = 60

_calculators: list[MetricMath] = []


def set_metric_math(calculate: MetricMath | None) -> None:
    """Register who computes metric math; the last one registered does, None nobody."""
    _calculators[:] = [calculate] if calculate else []


def install() -> None:
    """Answer queries of metrics and of metric math; SEARCH and Metrics Insights stay moto's."""

    @extend(models.CloudWatchBackend, "get_metric_data")
    def get_metric_data(original: Function, backend: models.CloudWatchBackend, **asked: Any) -> list[dict[str, Any]]:
        queries, start_time, end_time = asked["queries"], asked["start_time"], asked["end_time"]
        if start_time >= end_time or not all(_is_answered(query) for query in queries):
            answered: list[dict[str, Any]] = original(backend, **asked)
            return answered
        start_time = start_time.replace(microsecond=0)
        found = {
            query["Id"]: series(backend, query["MetricStat"], start_time, end_time, int(query["MetricStat"]["Period"]))
            for query in queries
            if "MetricStat" in query
        }
        if any("Expression" in query for query in queries):
            found |= _computed(backend, queries, start_time, end_time)
        newest_first = asked["scan_by"] == "TimestampDescending"
        wanted = [query for query in queries if query.get("ReturnData", True)]
        return [_result(query, found[query["Id"]], newest_first=newest_first) for query in wanted]


def _is_answered(query: Query) -> bool:
    expression = str(query.get("Expression", "")).lstrip().upper()
    return not expression or (bool(_calculators) and not expression.startswith(("SELECT", "SEARCH")))


def _computed(
    backend: models.CloudWatchBackend, queries: Sequence[Query], start_time: datetime, end_time: datetime
) -> dict[str, dict[datetime, float]]:
    """Compute the expressions on one grid of periods: the longest that a metric or an expression has."""
    stats = {query["Id"]: query["MetricStat"] for query in queries if "MetricStat" in query}
    period_s = max(
        [int(stat["Period"]) for stat in stats.values()] + [int(query.get("Period") or 0) for query in queries],
    )
    period_s = period_s or _DEFAULT_PERIOD_S
    count = -(-int((end_time - start_time).total_seconds()) // period_s)
    starts = [start_time + timedelta(seconds=number * period_s) for number in range(count)]
    values: dict[str, Values] = {}
    for query_id, stat in stats.items():
        found = series(backend, stat, start_time, end_time, period_s)
        values[query_id] = [found.get(start) for start in starts]
    try:
        computed = _calculators[0](queries, values, period_s)
    except StageproofError as error:
        raise ValidationError(f"Error in expression: {error}") from error
    return {
        query_id: {start: value for start, value in zip(starts, line, strict=True) if value is not None}
        for query_id, line in computed.items()
    }


def _result(query: Query, found: Mapping[datetime, float], *, newest_first: bool) -> dict[str, Any]:
    points = sorted(found.items(), reverse=newest_first)
    return {
        "id": query["Id"],
        "label": query.get("Label") or _label(query),
        "timestamps": [moment for moment, _ in points],
        "values": [value for _, value in points],
        "status_code": "Complete",
    }


def _label(query: Query) -> str:
    stat = query.get("MetricStat")
    return f"{stat['Metric']['MetricName']} {stat['Stat']}" if stat else str(query["Id"])
