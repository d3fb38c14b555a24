"""Gap: moto's CloudWatch answers 500 for percentiles and percentile ranks.

A percentile (``p90``) is the value at its rank among the raw data of a period, as CloudWatch has it for data with raw
values. A percentile rank (``PR(:1000)``) is how many percent of the data lie between two bounds, the upper included.

See: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
"""

from __future__ import annotations

import math
import re
from typing import Any

from moto.cloudwatch import models
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult

from sandbox.control_plane.patching import Function, extend

_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d{1,10})?|100)")
_RANK = re.compile(r"PR\((?P<above>-?\d+(?:\.\d+)?)?:(?P<up_to>-?\d+(?:\.\d+)?)?\)")


def percentile(values: list[float], statistic: str) -> float | None:
    """Return a percentile (``p90``, ``p99.9``) by the nearest rank; None without values or for another statistic."""
    matched = _PERCENTILE.fullmatch(statistic)
    if matched is None or not values:
        return None
    rank = math.ceil(float(matched.group(1)) / 100 * len(values))
    return sorted(values)[max(rank, 1) - 1]


def percentile_rank(values: list[float], statistic: str) -> float | None:
    """Return a percentile rank (``PR(:1000)``, ``PR(100:2000)``); None without values or for another statistic."""
    matched = _RANK.fullmatch(statistic)
    if matched is None or not values:
        return None
    above = float(matched["above"]) if matched["above"] else -math.inf
    up_to = float(matched["up_to"]) if matched["up_to"] else math.inf
    return 100 * sum(above < value <= up_to for value in values) / len(values)


def _extended(statistics: models.Statistics, statistic: str) -> float | None:
    values = _values(statistics)
    found = percentile(values, statistic)
    return percentile_rank(values, statistic) if found is None else found


def _values(statistics: models.Statistics) -> list[float]:
    """Return the raw values; a statistic set counts only where it holds one value (minimum equals maximum)."""
    sets = (item for item in statistics.metric_aggregated_list if item.min == item.max)
    return statistics.metric_single_values_list + [item.max for item in sets for _ in range(int(item.sample_count))]


def install() -> None:
    """Answer percentiles in GetMetricStatistics and GetMetricData."""

    @extend(models.Statistics, "get_statistics_for_type")
    def get_statistics_for_type(original: Function, statistics: models.Statistics, stat: str) -> Any:
        found = _extended(statistics, stat)
        return original(statistics, stat) if found is None else found

    @extend(CloudWatchResponse, "get_metric_statistics")
    def get_metric_statistics(original: Function, response: CloudWatchResponse) -> Any:
        wanted = list(response._get_param("ExtendedStatistics", []) or [])  # noqa: SLF001 - moto's reader of parameters
        result: ActionResult = original(response)
        document: Any = result.result
        for point in document["Datapoints"] if wanted else ():
            extended = {stat: _extended(point, stat) for stat in wanted}
            point.extended_statistics = {stat: value for stat, value in extended.items() if value is not None}
        return result
