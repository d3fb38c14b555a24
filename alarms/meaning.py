"""What an alarm watches, told apart from how it is named: two alarms that mean the same ring about the same thing.

Thresholds, periods and names do not count; the metric, its statistic and the direction do. A guard that only keeps
quiet minutes out (``IF(requests >= 10, rate)``) does not count either, and a number of errors divided by the number of
requests is the average of the errors.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from alarms.alarm import Metric, MetricAlarm, MetricQuery
from alarms.evaluate import ComparisonOperator
from alarms.metric_math import Binary, Call, Expression, MetricMathError, Name, names_in, read_expression
from contracts.metric_names import ERROR_METRICS

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
    return _metric_of(_returned(alarm), {query.query_id: query for query in alarm.queries})


def _returned(alarm: MetricAlarm) -> MetricQuery:
    return next((query for query in alarm.queries if query.return_data), alarm.queries[0])


def _watched(query: MetricQuery, queries: Mapping[str, MetricQuery]) -> str:
    metric = _metric_of(query, queries)
    if metric is not None:
        return _described(metric)
    periods = {name: f"{_described(one.metric)}/{one.metric.period_s}" for name, one in queries.items() if one.metric}
    return _WORD.sub(lambda word: periods.get(word[0], word[0]), "".join((query.expression or "").split()))


def _metric_of(query: MetricQuery, queries: Mapping[str, MetricQuery]) -> Metric | None:
    """Return the metric that a query gives, perhaps only where there are enough requests; None where it computes."""
    if query.metric is not None:
        return query.metric
    try:
        return _let_through(read_expression(query.expression or ""), queries)
    except MetricMathError:
        return None


def _let_through(tree: Expression, queries: Mapping[str, MetricQuery]) -> Metric | None:
    match tree:
        case Call(function="IF", arguments=(condition, inner)) if _counts_requests(condition, queries):
            return _let_through(inner, queries)
        case Name(name=name):
            return queries[name].metric if name in queries else None
        case Binary(sign="/", left=Name(name=errors), right=Name() as requests) if _counts_requests(requests, queries):
            return _rate(queries[errors].metric if errors in queries else None)
    return None


def _rate(errors: Metric | None) -> Metric | None:
    """Return the errors' average, which is what their sum is when it is divided by the number of requests."""
    is_sum = errors is not None and errors.metric_name in ERROR_METRICS and errors.statistic == "Sum"
    return replace(errors, statistic="Average") if errors is not None and is_sum else None


def _counts_requests(condition: Expression, queries: Mapping[str, MetricQuery]) -> bool:
    found = [queries[name].metric for name in names_in(condition) if name in queries]
    return bool(found) and all(metric is not None and metric.metric_name == "Count" for metric in found)


def _described(metric: Metric) -> str:
    """Return a metric as text. The sum and the samples of ``Count`` are the same number."""
    statistic = "Sum" if (metric.metric_name, metric.statistic) == ("Count", "SampleCount") else metric.statistic
    return f"{metric.namespace}/{metric.metric_name}{dict(metric.dimensions)}/{statistic}"
