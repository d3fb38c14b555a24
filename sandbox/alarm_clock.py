"""The clock of the sandbox's alarms: it evaluates every alarm, time after time, as CloudWatch does.

CloudWatch evaluates alarms once a minute, over a window that slides with the minutes. So does the clock; it looks six
times a minute, so that what comes late is not missed. A clock whose minute lasts less than 60 seconds shortens every
period of every alarm alike: alarms ring sooner, decided from data of as much shorter periods, and nothing else changes.

See: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation-window.html
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.cloudwatch import models
from moto.cloudwatch.models import cloudwatch_backends

from gateway.errors import StageproofError
from sandbox.action_suppression import Suppression, Suppressor, next_suppression
from sandbox.alarm_evaluator import AlarmEvaluator, Evaluated
from sandbox.control_plane.alarm_actions import act
from sandbox.control_plane.alarm_documents import alarm_document
from sandbox.control_plane.metric_index import series

logger = logging.getLogger(__name__)

MINUTE_S = 60.0
_LOOKS_A_MINUTE = 6
_DELIVERY_S = 2.0
"""How old data must be to count: the sandbox's metrics come within about a second."""

_DEEPEST = 10
"""How deep composite alarms may stand on one another until the next look."""


class AlarmClock:
    """Evaluates the alarms of every account and Region in a thread of its own.

    Args:
        evaluator: Decides the states.
        minute_s: How long a minute of the alarms' periods lasts; 60 as on AWS.
    """

    def __init__(self, evaluator: AlarmEvaluator, *, minute_s: float = MINUTE_S) -> None:
        self._evaluator = evaluator
        self._minute_s = minute_s
        self._suppressions: dict[str, Suppression] = {}
        self._told: set[str] = set()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="alarm-clock", daemon=True)

    def start(self) -> None:
        """Begin to evaluate."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread; an evaluation that has begun is finished."""
        self._stopping.set()
        self._thread.join()

    def evaluate(self, now: datetime) -> None:
        """Evaluate every alarm once.

        Args:
            now: The time (UTC, naive, as moto keeps times).
        """
        for backend in _backends():
            alarms = _alarms(backend)
            for alarm in alarms:
                if alarm.rule is None:
                    self._guarded(self._metric_alarm, backend, alarm, now)
            composites = [alarm for alarm in alarms if alarm.rule is not None]
            for _ in range(_DEEPEST):
                changed = [self._guarded(self._composite_alarm, backend, alarm, now) for alarm in composites]
                if not any(changed):
                    break
            for alarm in composites:
                self._told_later(backend, alarm, now)

    def _run(self) -> None:
        while not self._stopping.wait(self._minute_s / _LOOKS_A_MINUTE):
            self.evaluate(_now())

    def _guarded(self, evaluate: Any, backend: models.CloudWatchBackend, alarm: Any, now: datetime) -> bool:
        """Evaluate one alarm; one that cannot be evaluated keeps its state, and is told of once."""
        try:
            changed: bool = evaluate(backend, alarm, now)
        except (StageproofError, ValueError) as error:
            if alarm.alarm_arn not in self._told:
                self._told.add(alarm.alarm_arn)
                logger.warning("alarm %s cannot be evaluated here: %s", alarm.name, error)
            return False
        return changed

    def _metric_alarm(self, backend: models.CloudWatchBackend, alarm: Any, now: datetime) -> bool:
        document = alarm_document(alarm)
        window = self._evaluator.window(document)
        period_s = window.period_s * self._minute_s / MINUTE_S
        minutes = int(((now - _EPOCH).total_seconds() - _DELIVERY_S) // self._minute_s)
        end = _EPOCH + timedelta(seconds=minutes * self._minute_s)
        starts = [end - timedelta(seconds=number * period_s) for number in range(window.periods, 0, -1)]
        values = {}
        for query in window.queries:
            found = series(backend, query["MetricStat"], starts[0], end, period_s)
            by_number = {round((start - starts[0]).total_seconds() / period_s): value for start, value in found.items()}
            values[str(query["Id"])] = [by_number.get(number) for number in range(window.periods)]
        return _set_state(backend, alarm, self._evaluator.metric_alarm(document, values, starts))

    def _composite_alarm(self, backend: models.CloudWatchBackend, alarm: Any, _now: datetime) -> bool:
        if alarm.alarm_arn not in self._suppressions:
            self._suppressions[alarm.alarm_arn] = Suppression(state=alarm.state_value, old_state=alarm.state_value)
        others = {other.name: alarm_document(other) for other in _alarms(backend) if other is not alarm}
        return _set_state(backend, alarm, self._evaluator.composite_alarm(alarm_document(alarm), others))

    def _told_later(self, backend: models.CloudWatchBackend, alarm: Any, now: datetime) -> None:
        """Carry out the actions of a composite alarm that has a suppressor, once they may be."""
        before = self._suppressions.get(alarm.alarm_arn)
        if before is None or not alarm.suppressor:
            return
        rings = getattr(backend.alarms.get(alarm.suppressor.split(":alarm:")[-1]), "state_value", None) == "ALARM"
        shrunk = self._minute_s / MINUTE_S
        suppressor = Suppressor(
            rings=rings,
            wait_s=float(alarm.suppressor_wait_period or 0) * shrunk,
            extension_s=float(alarm.suppressor_extension_period or 0) * shrunk,
        )
        after, may_act = next_suppression(before, alarm.state_value, now, suppressor)
        self._suppressions[alarm.alarm_arn] = after
        alarm.suppressed_by = after.suppressed_by and after.suppressed_by.value
        alarm.suppressed_reason = after.suppressed_by and f"Actions suppressed by {after.suppressed_by.value}"
        if may_act:
            act(backend, alarm, after.old_state)


_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - moto keeps times naive, in UTC


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _backends() -> Iterator[models.CloudWatchBackend]:
    for regions in list(cloudwatch_backends.values()):
        for backend in list(regions.values()):
            if backend.alarms:
                yield backend


def _alarms(backend: models.CloudWatchBackend) -> list[Any]:
    return list(backend.alarms.values())


def _set_state(backend: models.CloudWatchBackend, alarm: Any, evaluated: Evaluated) -> bool:
    """Write a new state down, with its history and its actions. Returns whether it is another one."""
    held: Any = backend.alarms.get(alarm.name)
    if evaluated.state_value == alarm.state_value or held is not alarm:
        return False
    data = json.dumps(evaluated.state_reason_data, default=str)
    backend.set_alarm_state(alarm.name, evaluated.state_reason, data, evaluated.state_value)
    return True
