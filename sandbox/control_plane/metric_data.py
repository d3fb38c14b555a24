"""Gap: moto's GetMetricData walks over all data for every period, which takes minutes for a week of minutes.

See: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from moto.cloudwatch import models

from sandbox.control_plane.patching import Function, extend

_Key = tuple[str, str, frozenset[tuple[str | None, str | None]]]


def install() -> None:
    """Answer queries of metrics from data that is sorted into periods once; other queries stay moto's."""

    @extend(models.CloudWatchBackend, "get_metric_data")
    def get_metric_data(original: Function, backend: models.CloudWatchBackend, **asked: Any) -> list[dict[str, Any]]:
        queries, start_time, end_time = asked["queries"], asked["start_time"], asked["end_time"]
        if start_time >= end_time or not all("MetricStat" in query for query in queries):
            answered: list[dict[str, Any]] = original(backend, **asked)
            return answered
        data = _data_by_metric(backend, start_time, end_time)
        newest_first = asked["scan_by"] == "TimestampDescending"
        wanted = [query for query in queries if query.get("ReturnData", True)]
        return [_result(query, data, start_time, newest_first=newest_first) for query in wanted]


def _data_by_metric(
    backend: models.CloudWatchBackend, start_time: datetime, end_time: datetime
) -> dict[_Key, list[models.MetricDatumBase]]:
    found: dict[_Key, list[models.MetricDatumBase]] = defaultdict(list)
    for datum in backend.get_all_metrics():
        if start_time <= datum.timestamp < end_time:
            dimensions = frozenset((dimension.name, dimension.value) for dimension in datum.dimensions)
            found[datum.namespace, datum.name, dimensions].append(datum)
    return found


def _result(
    query: dict[str, Any], data: dict[_Key, list[models.MetricDatumBase]], start_time: datetime, *, newest_first: bool
) -> dict[str, Any]:
    stat = query["MetricStat"]
    metric, statistic, period_s = stat["Metric"], stat["Stat"], int(stat["Period"])
    dimensions = frozenset((item["Name"], item["Value"]) for item in metric.get("Dimensions", ()))
    periods: dict[int, list[models.MetricDatumBase]] = defaultdict(list)
    for datum in data.get((metric["Namespace"], metric["MetricName"], dimensions), ()):
        if stat.get("Unit") in {None, datum.unit}:
            periods[int((datum.timestamp - start_time).total_seconds() // period_s)].append(datum)
    points = [
        (start_time + timedelta(seconds=number * period_s), _value(periods[number], statistic))
        for number in sorted(periods, reverse=newest_first)
    ]
    known = [(moment, value) for moment, value in points if value is not None]
    return {
        "id": query["Id"],
        "label": query.get("Label") or f"{metric['MetricName']} {statistic}",
        "timestamps": [moment for moment, _ in known],
        "values": [value for _, value in known],
        "status_code": "Complete",
    }


def _value(data: list[models.MetricDatumBase], statistic: str) -> Any:
    statistics = models.Statistics([statistic], data[0].timestamp)
    statistics.metric_data = data
    return statistics.get_statistics_for_type(statistic)
