"""What an alarm watches, told apart from how it is named: two alarms that mean the same ring about the same thing.

Thresholds, periods and names do not count; the metric, its statistic and the direction do. A guard that only keeps
quiet minutes out (``IF(requests >= 10, rate)``) does not count either.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from alarms.alarm import Metric, MetricAlarm, MetricQuery
from alarms.evaluate import ComparisonOperator
from alarms.metric_math import Call, Expression, MetricMathError, Name, names_in, read_expression

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_ABOVE = frozenset({ComparisonOperator.GREATER, ComparisonOperator.GREATER_OR_EQUAL})
_BELOW = frozenset({ComparisonOperator.LESS, ComparisonOperator.LESS_OR_EQUAL})


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What is watched, and on which side it rings."""

    watched: str
    side: str


def meaning(alarm: MetricAlarm) -> Meaning:
    """Return what an alarm watches."""
    queries = {query.query_id: query for query in alarm.queries}
    return Meaning(watched=_watched(_returned(alarm), queries), side=_side(alarm.comparison_operator))


def _side(operator: ComparisonOperator) -> str:
    if operator in _ABOVE:
        return "above"
    return "below" if operator in _BELOW else operator.value


def compared_metric(alarm: MetricAlarm) -> Metric | None:
    """Return the metric whose values an alarm compares with its threshold; None where it compares what it computes."""
    queries = {query.query_id: query for query in alarm.queries}
    returned = _returned(alarm)
    guarded = None if returned.metric else _guarded(returned.expression or "", queries)
    return (guarded or returned).metric


def _returned(alarm: MetricAlarm) -> MetricQuery:
    return next((query for query in alarm.queries if query.return_data), alarm.queries[0])


def _watched(query: MetricQuery, queries: Mapping[str, MetricQuery]) -> str:
    if query.metric is not None:
        return _described(query.metric)
    guarded = _guarded(query.expression or "", queries)
    if guarded is not None:
        return _watched(guarded, queries)
    periods = {name: f"{_described(one.metric)}/{one.metric.period_s}" for name, one in queries.items() if one.metric}
    return _WORD.sub(lambda word: periods.get(word[0], word[0]), "".join((query.expression or "").split()))


def _guarded(expression: str, queries: Mapping[str, MetricQuery]) -> MetricQuery | None:
    """Return the metric that an expression lets through where there are enough requests; None for other expressions."""
    try:
        tree = read_expression(expression)
    except MetricMathError:
        return None
    match tree:
        case Call(function="IF", arguments=(condition, Name(name=name))) if _counts_requests(condition, queries):
            return queries.get(name)
    return None


def _counts_requests(condition: Expression, queries: Mapping[str, MetricQuery]) -> bool:
    found = [queries[name].metric for name in names_in(condition) if name in queries]
    return bool(found) and all(metric is not None and metric.metric_name == "Count" for metric in found)


def _described(metric: Metric) -> str:
    """Return a metric as text. The sum and the samples of ``Count`` are the same number."""
    statistic = "Sum" if (metric.metric_name, metric.statistic) == ("Count", "SampleCount") else metric.statistic
    return f"{metric.namespace}/{metric.metric_name}{dict(metric.dimensions)}/{statistic}"
