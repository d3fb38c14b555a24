"""The data of CloudWatch metrics, sorted by metric as they come, so that a question reads only what it asks for.

moto keeps one list for all metrics, which only grows; what was added since the last question is sorted in first.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from moto.cloudwatch import models

_Key = tuple[str, str, frozenset[tuple[str | None, str | None]]]

_lock = threading.Lock()


class _Index:
    def __init__(self) -> None:
        self.read = 0
        self.data: dict[_Key, list[models.MetricDatumBase]] = defaultdict(list)

    def add(self, data: Iterable[models.MetricDatumBase]) -> None:
        for datum in data:
            dimensions = frozenset((dimension.name, dimension.value) for dimension in datum.dimensions)
            self.data[datum.namespace, datum.name, dimensions].append(datum)


def series(
    backend: models.CloudWatchBackend, stat: dict[str, Any], start_time: datetime, end_time: datetime, period_s: float
) -> dict[datetime, float]:
    """Return a statistic of each period in which there are data, by the period's start.

    Args:
        backend: The CloudWatch of an account and Region.
        stat: A ``MetricStat`` of GetMetricData; its own ``Period`` is not looked at.
        start_time: The start of the first period (UTC, naive, as moto keeps times).
        end_time: The end of the last period, not part of it.
        period_s: The length of a period.
    """
    periods: dict[int, list[models.MetricDatumBase]] = defaultdict(list)
    for datum in _data(backend, _key(stat)):
        if start_time <= datum.timestamp < end_time and stat.get("Unit") in {None, datum.unit}:
            periods[int((datum.timestamp - start_time).total_seconds() // period_s)].append(datum)
    found = {number: _value(data, stat["Stat"]) for number, data in periods.items()}
    return {
        start_time + timedelta(seconds=number * period_s): found[number]
        for number in sorted(found)
        if found[number] is not None
    }


def _key(stat: dict[str, Any]) -> _Key:
    metric = stat["Metric"]
    dimensions = frozenset((item["Name"], item["Value"]) for item in metric.get("Dimensions") or ())
    return metric["Namespace"], metric["MetricName"], dimensions


def _data(backend: Any, key: _Key) -> list[models.MetricDatumBase]:
    with _lock:
        if not hasattr(backend, "metric_index"):  # a reset of moto empties its backends of all attributes
            backend.metric_index = _Index()
        index: _Index = backend.metric_index
        new = backend.metric_data[index.read :]
        index.read += len(new)
        index.add(new)
        return list(index.data.get(key, ()))


def _value(data: list[models.MetricDatumBase], statistic: str) -> Any:
    statistics = models.Statistics([statistic], data[0].timestamp)
    statistics.metric_data = data
    return statistics.get_statistics_for_type(statistic)
