"""Alarms on what is unusual: on bands that CloudWatch learns from the metrics themselves.

See: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Anomaly_Detection.html
"""

from __future__ import annotations

from collections.abc import Iterator

from alarms.anomaly_band import BAND_ID, band_queries
from alarms.evaluate import ComparisonOperator
from alarms.recommended import Signal
from alarms.scope import StageScope

_PERIODS = 5


def anomaly_signals(scope: StageScope) -> Iterator[Signal]:
    """Return the signals of a stage: unusual latency, and unusually few or many requests.

    They are hints: the composite alarm that stands for the stage does not count them.
    """
    for name, metric_name, statistic, operator, words in (
        ("latency-anomaly", "Latency", "p90", ComparisonOperator.ABOVE_BAND, "above"),
        ("traffic-anomaly", "Count", "Sum", ComparisonOperator.OUTSIDE_BAND, "outside of"),
    ):
        yield Signal(
            name=name,
            description=f"{metric_name} {statistic} of {scope.title} {words} what CloudWatch expects "
            f"for {_PERIODS} minutes",
            queries=band_queries(scope.metric(metric_name, statistic)),
            comparison_operator=operator,
            threshold=0.0,
            threshold_metric_id=BAND_ID,
            periods=_PERIODS,
            is_server_side=False,
        )
