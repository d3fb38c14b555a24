"""Gap: moto's GetMetricStatistics counts every metric that has the given dimensions among others.

CloudWatch takes exactly the given dimensions: a stage's count does not hold the counts of its methods a second time.

See: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html
"""

from __future__ import annotations

from typing import Any

from moto.cloudwatch import models

from sandbox.control_plane.patching import Function, extend


def install() -> None:
    """Compare all dimensions where statistics are asked for; ListMetrics, which names those it has, stays as it is."""

    @extend(models.MetricDatumBase, "filter")
    def filter_(original: Function, datum: models.MetricDatumBase, *asked: Any, **named: Any) -> Any:
        if (
            named
        ):  # ListMetrics names its arguments; GetMetricStatistics gives no namespace, no name, and the dimensions
            return original(datum, *asked, **named)
        wanted = {(dimension["Name"], dimension.get("Value")) for dimension in asked[-1]}
        return wanted == {(dimension.name, dimension.value) for dimension in datum.dimensions}
