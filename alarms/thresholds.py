"""Thresholds from history: derived once, and then kept, so that a second plan is empty.

A threshold stays as long as the alarm says that it was derived from what is asked for now, and nobody changed it by
hand. A change of the request derives it anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from alarms.alarm import MetricQuery
from alarms.history import HistoryWindow, read_history, threshold_of
from alarms.metric_math_values import compute_queries
from alarms.resource import THRESHOLD_TAG, Resource
from contracts.alarm_expectations import HistoryThreshold
from gateway.errors import StageproofError


class NoHistoryError(StageproofError):
    """A threshold is to be derived from a history that is empty."""

    slug = "no-history"


def threshold_tag(asked: HistoryThreshold) -> str:
    """Return what was asked for, with the characters that a tag may hold."""
    return f"{asked.statistic} of {asked.days} days x {asked.factor:g}"


@dataclass(slots=True, kw_only=True)
class ThresholdsFromHistory:
    """Gives thresholds by signal.

    Args:
        client: A boto3 client of CloudWatch.
        now: Until when history is read.
        held: The alarms that AWS holds, by signal, where they are owned.
        saved: Thresholds of a saved plan, by signal.
    """

    client: Any
    now: datetime
    held: Mapping[str, Resource] = field(default_factory=dict)
    saved: Mapping[str, float] = field(default_factory=dict)
    derived: dict[str, float] = field(default_factory=dict, init=False)

    def __call__(self, signal: str, queries: tuple[MetricQuery, ...], asked: HistoryThreshold) -> float:
        """Return the threshold of a signal.

        Raises:
            NoHistoryError: If there is no history of what is watched.
        """
        kept = self._kept(signal, asked)
        self.derived[signal] = self._derive(signal, queries, asked) if kept is None else kept
        return self.derived[signal]

    def _kept(self, signal: str, asked: HistoryThreshold) -> float | None:
        held = self.held.get(signal)
        if held and not held.was_changed_by_hand and held.tags.get(THRESHOLD_TAG) == threshold_tag(asked):
            return float(held.definition["Threshold"])
        return self.saved.get(signal)

    def _derive(self, signal: str, queries: tuple[MetricQuery, ...], asked: HistoryThreshold) -> float:
        import numpy as np
        import pandas as pd

        metrics = [query.metric for query in queries if query.metric]
        period_s, window = metrics[0].period_s, HistoryWindow.until(self.now, days=asked.days)
        frame = read_history(self.client, metrics, window, period_s=period_s)
        series = {metric: frame.iloc[:, number].to_numpy(dtype=np.float64) for number, metric in enumerate(metrics)}
        threshold = threshold_of(pd.Series(compute_queries(queries, series, period_s=period_s)), asked)
        if threshold is None:
            names = " and ".join(sorted({metric.metric_name for metric in metrics}))
            raise NoHistoryError(
                f"the threshold of {signal!r} asks for {threshold_tag(asked)}, but {names} has no data in "
                "that time; write a number until there is some"
            )
        return threshold
