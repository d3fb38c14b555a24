"""What the sandbox asks of whoever decides the states of its alarms: it does not know alarms itself.

Everything goes over in the shapes of CloudWatch's API, so that an evaluator needs to know nothing of the sandbox.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from sandbox.control_plane.metric_data import Query, Values

Document = Mapping[str, Any]
"""An alarm as DescribeAlarms gives it."""


class Window(Protocol):
    """The data that an alarm is decided from: ``queries`` of metrics, over the newest ``periods`` of ``period_s``."""

    @property
    def queries(self) -> Sequence[Query]:
        """Metric data queries with a ``MetricStat``."""

    @property
    def period_s(self) -> int:
        """The length of a period."""

    @property
    def periods(self) -> int:
        """How many periods, the newest included."""


class Evaluated(Protocol):
    """The state that data demand, and why, in CloudWatch's words."""

    @property
    def state_value(self) -> str:
        """``OK``, ``ALARM`` or ``INSUFFICIENT_DATA``; the state until now where nothing changes."""

    @property
    def state_reason(self) -> str:
        """The reason in one sentence."""

    @property
    def state_reason_data(self) -> Mapping[str, Any]:
        """The reason as data."""


class AlarmEvaluator(Protocol):
    """Decides alarms and computes metric math. Pure: it reads nothing, and keeps nothing between calls.

    Each method raises ``StageproofError`` where an alarm, a rule or an expression cannot be read.
    """

    def window(self, alarm: Document) -> Window:
        """Return which data a metric alarm is decided from."""

    def metric_alarm(self, alarm: Document, values: Mapping[str, Values], starts: Sequence[datetime]) -> Evaluated:
        """Decide a metric alarm.

        Args:
            alarm: The alarm, with the state until now.
            values: The values of the window's queries by id, a value a period.
            starts: When each of these periods began, the newest last.
        """

    def composite_alarm(self, alarm: Document, others: Mapping[str, Document]) -> Evaluated:
        """Decide a composite alarm from all other alarms, by name."""

    def metric_math(
        self, queries: Sequence[Query], values: Mapping[str, Values], period_s: int
    ) -> Mapping[str, Values]:
        """Compute the expressions among queries from the values of the metrics among them, by id."""
