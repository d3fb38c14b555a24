"""Decides alarms from live data in the shapes of CloudWatch's API: what a clock that evaluates alarms asks.

Nothing here reads or keeps anything: the data come in, the state goes out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alarms.alarm import Metric, MetricAlarm
from alarms.anomaly_band import HISTORY_S, band_width, breaches, expected_band, is_on_a_band
from alarms.composite_rule import alarm_names, holds, read_rule
from alarms.documents import Document, metric_stat, read_metric_alarm, read_queries
from alarms.evaluate import AlarmState, decide, evaluate
from alarms.metric_math_values import Series, compute_all
from alarms.replay import alarm_values, uncertain_periods
from alarms.state_reason import band_reason, moment, state_reason, state_reason_data

Values = Sequence[float | None]
_SAMPLES_ID = "samples_of_the_percentile"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The data that an alarm is decided from: metrics over the newest periods."""

    queries: tuple[Document, ...]
    period_s: int
    periods: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluated:
    """The state that data demand, and why."""

    state_value: str
    state_reason: str
    state_reason_data: Mapping[str, Any] = field(default_factory=dict)


class LiveEvaluator:
    """``alarms.evaluate`` for documents of CloudWatch's API."""

    def window(self, alarm: Document) -> Window:
        """Return which data a metric alarm is decided from."""
        read = _read(alarm)
        queries = [
            {"Id": query.query_id, "MetricStat": metric_stat(query.metric)} for query in read.queries if query.metric
        ]
        if _ignores_few_samples(read):
            counted = {**metric_stat(read.metrics[0]), "Stat": "SampleCount"}
            queries.append({"Id": _SAMPLES_ID, "MetricStat": counted})
        learnt = HISTORY_S // read.period_s if is_on_a_band(read) else 0
        return Window(queries=tuple(queries), period_s=read.period_s, periods=read.rule.evaluation_range + learnt)

    def metric_alarm(self, alarm: Document, values: Mapping[str, Values], starts: Sequence[datetime]) -> Evaluated:
        """Return the state that values demand.

        Args:
            alarm: The alarm as DescribeAlarms gives it, with the state until now.
            values: The values of the window's queries by id, a value a period; None where there is none.
            starts: When each of these periods began, the newest last.

        Raises:
            MetricMathError: If the alarm's expressions cannot be computed.
            ValueError: If the alarm compares with a band of another kind than ``ANOMALY_DETECTION_BAND(m1, 2)``.
        """
        read, state = _read(alarm), AlarmState(alarm["StateValue"])
        history = {query.metric: _series(values[query.query_id]) for query in read.queries if query.metric}
        if is_on_a_band(read):
            return _on_a_band(read, state, alarm_values(read, history), starts)
        watched = [None if np.isnan(value) else float(value) for value in alarm_values(read, history)]
        points = list(zip(starts, watched, strict=True))
        after = evaluate(read.rule, watched, state)
        if _ignores_few_samples(read) and _is_uncertain(read.metrics[0], values[_SAMPLES_ID]):
            after = state
        return Evaluated(
            state_value=after.value,
            state_reason=state_reason(read, after, state, points),
            state_reason_data=state_reason_data(read, points, datetime.now(UTC)),
        )

    def composite_alarm(self, alarm: Document, others: Mapping[str, Document]) -> Evaluated:
        """Return the state that the states of other alarms demand, by their names.

        Raises:
            AlarmRuleError: If the alarm's rule cannot be read.
        """
        rule = read_rule(alarm["AlarmRule"])
        states = {name: AlarmState(other["StateValue"]) for name, other in others.items()}
        state = AlarmState.ALARM if holds(rule, states) else AlarmState.OK
        children = [others[name] for name in alarm_names(rule) if name in others]
        if not children:
            return Evaluated(state_value=state.value, state_reason=f"the alarm rule evaluates to {state}")
        last = max(children, key=lambda child: child["StateUpdatedTimestamp"])
        at = last["StateUpdatedTimestamp"]
        reason = f"{last['AlarmArn']} transitioned to {last['StateValue']} at {at:%A %d %B, %Y %H:%M:%S} UTC"
        triggering = {"arn": last["AlarmArn"], "state": {"value": last["StateValue"], "timestamp": moment(at)}}
        return Evaluated(
            state_value=state.value, state_reason=reason, state_reason_data={"triggeringAlarms": [triggering]}
        )

    def metric_math(
        self, queries: Sequence[Document], values: Mapping[str, Values], period_s: int
    ) -> Mapping[str, Values]:
        """Return the values of the expressions among queries, by id.

        Raises:
            MetricMathError: If an expression cannot be read or computed.
        """
        read = read_queries(queries)
        history = {query.metric: _series(values[query.query_id]) for query in read if query.metric}
        length = max((len(line) for line in values.values()), default=0)
        computed = compute_all(read, history, period_s=period_s, length=length)
        return {query.query_id: _known(computed[query.query_id]) for query in read if query.expression}


def _on_a_band(alarm: MetricAlarm, state: AlarmState, values: Series, starts: Sequence[datetime]) -> Evaluated:
    newest = alarm.rule.evaluation_range
    band = expected_band(values, starts, newest=newest, width=band_width(alarm))
    points = list(zip(starts[-newest:], _known(values[-newest:]), strict=True))
    known = [
        None
        if value is None or np.isnan(lower)
        else breaches(alarm.comparison_operator, value, float(lower), float(upper))
        for (_, value), lower, upper in zip(points, band.lower, band.upper, strict=True)
    ]
    after = AlarmState.INSUFFICIENT_DATA if np.isnan(band.lower).all() else decide(alarm.rule, known) or state
    return Evaluated(
        state_value=after.value,
        state_reason=band_reason(alarm, after, state, points, band),
        state_reason_data=state_reason_data(alarm, points, datetime.now(UTC)),
    )


def _read(alarm: Document) -> MetricAlarm:
    read = read_metric_alarm(alarm, {}).alarm
    if not isinstance(read, MetricAlarm):
        raise TypeError("a composite alarm has no metrics")
    return read


def _series(values: Values) -> Series:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _known(series: NDArray[np.float64]) -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in series]


def _ignores_few_samples(alarm: MetricAlarm) -> bool:
    single = alarm.metrics[0] if len(alarm.queries) == 1 and alarm.metrics else None
    return alarm.evaluate_low_sample_count_percentile == "ignore" and single is not None and single.is_percentile


def _is_uncertain(metric: Metric, samples: Values) -> bool:
    return bool(uncertain_periods(metric.statistic, _series(samples))[-1])
