"""Replays alarms over whole histories: ``alarms.evaluate`` for every period at once.

The arrays here say the same as ``alarms.evaluate.decide``, window by window; a property test holds the two together.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from alarms.alarm import Metric, MetricAlarm
from alarms.composite_rule import And, Constant, InState, Not, Or, Rule
from alarms.evaluate import AlarmState, EvaluationRule, MissingData
from alarms.metric_math_values import Series, compute_queries

States = NDArray[np.int8]
"""A state a period, as its position in ``STATES``."""

STATES = (AlarmState.OK, AlarmState.ALARM, AlarmState.INSUFFICIENT_DATA)
_OK, _ALARM, _INSUFFICIENT, _KEEPS = 0, 1, 2, -1
_CERTAIN = 10
_PERCENTILE = re.compile(r"p\d+(\.\d+)?")


def alarm_values(alarm: MetricAlarm, history: Mapping[Metric, Series]) -> Series:
    """Return the values that an alarm compares with its threshold, a value a period, NaN where there is none."""
    watched = [
        replace(query, return_data=False) if query.query_id == alarm.threshold_metric_id else query
        for query in alarm.queries
    ]
    return compute_queries(watched, history, period_s=alarm.period_s)


def replay(rule: EvaluationRule, values: Series, *, uncertain: NDArray[np.bool_] | None = None) -> States:
    """Return the states of an alarm after each period, from insufficient data on.

    Args:
        rule: What decides.
        values: A value a period, NaN where there is none.
        uncertain: Periods in which the state is kept, for a percentile has too few samples; None where none are.
    """
    decisions = decisions_of(rule, values)
    if uncertain is not None:
        decisions = np.where(uncertain, _KEEPS, decisions).astype(np.int8)
    return _carried(decisions)


def decisions_of(rule: EvaluationRule, values: Series) -> States:
    """Return what each period's evaluation range demands; -1 where the alarm keeps its state."""
    exists = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        breaches = np.asarray(rule.comparison_operator.compare(values, rule.threshold)) & exists  # type: ignore[arg-type]  # arrays compare as numbers do
    existing = _in_window(exists, rule.evaluation_range)
    breaching = _in_window(breaches, rule.evaluation_range)
    lacking = rule.evaluation_periods - existing
    needed = rule.datapoints_to_alarm
    newest = _breaching_of_newest(exists, breaches, rule.evaluation_periods)
    enough = np.where(newest >= needed, _ALARM, _OK)
    return np.where(lacking <= 0, enough, _with_too_few(rule, exists, existing, breaching)).astype(np.int8)


def uncertain_periods(statistic: str, samples: Series) -> NDArray[np.bool_]:
    """Return in which periods a percentile is not statistically significant.

    Args:
        statistic: The percentile, such as ``p90``. AWS does not say how many samples a trimmed mean and its like need;
            they are taken as the median.
        samples: The number of samples of each period.

    See: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/percentiles-with-low-samples.html
    """
    percent = float(statistic.removeprefix("p")) if _PERCENTILE.fullmatch(statistic) else 50.0
    rare_percent = round(min(percent, 100 - percent), 9)
    return np.nan_to_num(samples) * rare_percent < _CERTAIN * 100


def replay_composite(rule: Rule, states: Mapping[str, States], length: int) -> States:
    """Return the states of a composite alarm from those of its children, all on one grid of periods."""
    return np.where(_holds(rule, states, length), _ALARM, _OK).astype(np.int8)


def _holds(rule: Rule, states: Mapping[str, States], length: int) -> NDArray[np.bool_]:
    match rule:
        case InState():
            found = states.get(rule.alarm_name)
            wanted = STATES.index(rule.state)
            return np.full(length, wanted == _INSUFFICIENT) if found is None else found == wanted
        case Constant():
            return np.full(length, rule.value)
        case Not():
            return ~_holds(rule.operand, states, length)
        case And():
            return _holds(rule.left, states, length) & _holds(rule.right, states, length)
        case Or():
            return _holds(rule.left, states, length) | _holds(rule.right, states, length)


def _with_too_few(
    rule: EvaluationRule, exists: NDArray[np.bool_], existing: NDArray[np.int64], breaching: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Decide where fewer points exist than there are evaluation periods."""
    needed = rule.datapoints_to_alarm
    if rule.treat_missing_data is MissingData.BREACHING:
        return np.where(breaching + rule.evaluation_periods - existing >= needed, _ALARM, _OK)
    counted = np.where(breaching >= needed, _ALARM, _OK)
    if rule.treat_missing_data is MissingData.NOT_BREACHING:
        return counted
    nothing_is_fine = (breaching < needed) & (breaching == existing)
    if rule.treat_missing_data is MissingData.IGNORE:
        return np.where(nothing_is_fine, _KEEPS, counted)
    aged = np.where(_age_of_oldest(exists, existing) >= needed, _ALARM, _KEEPS)
    return np.where(nothing_is_fine, np.where(existing == 0, _INSUFFICIENT, aged), counted)


def _in_window(marks: NDArray[np.bool_], width: int) -> NDArray[np.int64]:
    """Return how many of the newest ``width`` periods are marked."""
    total: NDArray[np.int64] = np.concatenate([np.zeros(width, dtype=np.int64), np.cumsum(marks)])
    counts: NDArray[np.int64] = total[width:] - total[: len(marks)]
    return counts


def _breaching_of_newest(exists: NDArray[np.bool_], breaches: NDArray[np.bool_], count: int) -> NDArray[np.int64]:
    """Return how many of the newest ``count`` existing points breach."""
    among_existing = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(breaches[exists])])
    known = np.cumsum(exists)
    found: NDArray[np.int64] = among_existing[known] - among_existing[np.maximum(known - count, 0)]
    return found


def _age_of_oldest(exists: NDArray[np.bool_], existing: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many periods old the oldest existing point of the range is; the newest period is one old."""
    positions = np.flatnonzero(exists)
    if len(positions) == 0:
        return np.zeros(len(exists), dtype=np.int64)
    first = np.clip(np.cumsum(exists) - existing, 0, len(positions) - 1)
    ages: NDArray[np.int64] = np.arange(len(exists)) - positions[first] + 1
    return ages


def _carried(decisions: States) -> States:
    """Fill periods that keep the state with the state before."""
    decided = np.maximum.accumulate(np.where(decisions == _KEEPS, -1, np.arange(len(decisions))))
    return np.where(decided >= 0, decisions[decided], _INSUFFICIENT).astype(np.int8)
