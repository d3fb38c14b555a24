"""Computes metric math over whole histories: a series is an array with a value a period, NaN where there is none.

A value that cannot be computed (a division by zero) is missing, as in CloudWatch.

See: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html#metric-math-syntax-functions-list
"""

from __future__ import annotations

import operator
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from alarms.alarm import Metric, MetricQuery
from alarms.metric_math import Binary, Call, Expression, MetricMathError, Name, Number, Text, read_expression

Series = NDArray[np.float64]
Value = float | Series | list[Series]
"""A number, a series, or an array of series."""

_ARITHMETIC: Mapping[str, Callable[..., Value]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": np.divide,
    "^": np.power,
}
_COMPARISONS: Mapping[str, Callable[..., Value]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "&&": np.logical_and,
    "||": np.logical_or,
}
_EACH: Mapping[str, Callable[[Series], Series]] = {
    "ABS": np.abs,
    "CEIL": np.ceil,
    "FLOOR": np.floor,
    "LOG": np.log,
    "LOG10": np.log10,
}
_OVER: Mapping[str, Callable[..., Series]] = {
    "AVG": np.nanmean,
    "MAX": np.nanmax,
    "MIN": np.nanmin,
    "SUM": np.nansum,
    "STDDEV": np.nanstd,
}


def compute_queries(queries: Sequence[MetricQuery], history: Mapping[Metric, Series], *, period_s: int) -> Series:
    """Return the series that rings: that of the query that returns data.

    Args:
        queries: The queries of an alarm.
        history: A series for each metric; all of one length.
        period_s: The length of a period.

    Raises:
        MetricMathError: If an expression cannot be read or computed, or no query returns one series.
    """
    length = max((len(series) for series in history.values()), default=0)
    computation = _Computation(
        queries={query.query_id: query for query in queries}, history=history, length=length, period_s=period_s
    )
    returning = [query for query in queries if query.return_data]
    if len(returning) != 1:
        raise MetricMathError(f"exactly one query must return data, and {len(returning)} do")
    return computation.series(returning[0].query_id)


def compute_all(
    queries: Sequence[MetricQuery], history: Mapping[Metric, Series], *, period_s: int, length: int
) -> dict[str, Series]:
    """Return the series of every query, by id.

    Args:
        queries: The queries, of metrics and of metric math.
        history: A series for each metric; all of one length.
        period_s: The length of a period.
        length: How many periods.

    Raises:
        MetricMathError: If an expression cannot be read or computed, or gives more than one series.
    """
    by_id = {query.query_id: query for query in queries}
    computation = _Computation(queries=by_id, history=history, length=length, period_s=period_s)
    return {query_id: computation.series(query_id) for query_id in by_id}


@dataclass(slots=True, kw_only=True)
class _Computation:
    queries: Mapping[str, MetricQuery]
    history: Mapping[Metric, Series]
    length: int
    period_s: int
    _found: dict[str, Value] = field(default_factory=dict)
    _open: list[str] = field(default_factory=list)

    def series(self, query_id: str) -> Series:
        value = self._query(query_id)
        if isinstance(value, list):
            if len(value) != 1:
                raise MetricMathError(f"query {query_id!r} gives {len(value)} series, not one; use SUM or AVG")
            value = value[0]
        return _known(np.broadcast_to(np.asarray(value, dtype=np.float64), (self.length,)))

    def _query(self, query_id: str) -> Value:
        if query_id in self._found:
            return self._found[query_id]
        if query_id not in self.queries:
            raise MetricMathError(f"the expression names {query_id!r}, which is no query; name one of its ids")
        if query_id in self._open:
            raise MetricMathError(
                f"the queries {' → '.join([*self._open, query_id])} need one another; break the circle"
            )
        self._open.append(query_id)
        query = self.queries[query_id]
        if query.metric:
            self._found[query_id] = self.history[query.metric]
        else:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore", RuntimeWarning)  # of all-NaN slices, which are missing values here
                self._found[query_id] = self._value(read_expression(query.expression or ""))
        self._open.pop()
        return self._found[query_id]

    def _value(self, expression: Expression) -> Value:
        match expression:
            case Number():
                return expression.value
            case Name():
                return self._query(expression.name)
            case Binary():
                return _binary(expression.sign, self._value(expression.left), self._value(expression.right))
            case Call():
                return self._call(expression.function, expression.arguments)
            case Text():
                raise MetricMathError(f"the text {expression.value!r} stands where a value is needed")

    def _call(self, function: str, arguments: tuple[Expression, ...]) -> Value:
        if function == "METRICS":
            return self._metrics(arguments)
        if function == "[]":
            return [series for argument in arguments for series in self._all(argument)]
        if function == "FILL":
            return self._fill(arguments)
        if function == "IF":
            return self._if(arguments)
        if len(arguments) != 1:
            raise MetricMathError(f"{function} takes one argument, and has {len(arguments)}")
        return self._one_argument(function, self._value(arguments[0]))

    def _one_argument(self, function: str, value: Value) -> Value:
        if function in _OVER:
            over = _OVER[function]
            return _across(over, value) if isinstance(value, list) else float(over(np.asarray(value)))
        per_series = _EACH.get(function) or self._over_time(function)
        if isinstance(value, list):
            return [_known(per_series(series)) for series in value]
        return _scalar_or_series(per_series(np.asarray(value, dtype=np.float64)))

    def _over_time(self, function: str) -> Callable[[Series], Series]:
        functions: dict[str, Callable[[Series], Series]] = {
            "PERIOD": lambda _: np.asarray(float(self.period_s)),
            "RATE": lambda series: _changes(series, self.period_s),
            "DIFF": lambda series: _changes(series, None),
            "RUNNING_SUM": lambda series: np.where(np.isnan(series), np.nan, np.nancumsum(series)),
        }
        if function not in functions:
            known = ", ".join(sorted([*functions, *_EACH, *_OVER, "FILL", "IF", "METRICS"]))
            raise MetricMathError(f"the function {function} is not known here; known are {known}")
        return functions[function]

    def _metrics(self, arguments: tuple[Expression, ...]) -> Value:
        wanted = arguments[0].value if arguments and isinstance(arguments[0], Text) else ""
        ids = [query.query_id for query in self.queries.values() if query.metric and wanted in query.query_id]
        return [self.series(query_id) for query_id in ids]

    def _all(self, argument: Expression) -> list[Series]:
        value = self._value(argument)
        if isinstance(value, list):
            return value
        return [np.broadcast_to(np.asarray(value, dtype=np.float64), (self.length,))]

    def _fill(self, arguments: tuple[Expression, ...]) -> Value:
        if len(arguments) != 2:  # noqa: PLR2004 - the series, and what it is filled with
            raise MetricMathError(f"FILL takes a series and a value, REPEAT or LINEAR; it has {len(arguments)}")
        value, filling = self._value(arguments[0]), arguments[1]
        word = filling.name if isinstance(filling, Name) and filling.name in {"REPEAT", "LINEAR"} else None
        filled = self._value(filling) if word is None else 0.0
        if isinstance(filled, list):
            raise MetricMathError("FILL fills with one value, and has an array")
        if isinstance(value, list):
            return [_filled(series, word, filled) for series in value]
        return _filled(np.broadcast_to(np.asarray(value, dtype=np.float64), (self.length,)), word, filled)

    def _if(self, arguments: tuple[Expression, ...]) -> Value:
        if len(arguments) not in {2, 3}:
            raise MetricMathError(f"IF takes a condition, a value and maybe another; it has {len(arguments)}")
        values = [self._value(argument) for argument in arguments]
        if any(isinstance(value, list) for value in values):
            raise MetricMathError("IF takes series and numbers, and has an array")
        condition, then, otherwise = (np.asarray(value, dtype=np.float64) for value in [*values, np.nan][:3])
        chosen = np.where(condition != 0, then, otherwise)
        return _scalar_or_series(np.where(np.isnan(condition), np.nan, chosen))


def _binary(sign: str, left: Value, right: Value) -> Value:
    if isinstance(left, list) and isinstance(right, list):
        if len(left) != len(right):
            raise MetricMathError(f"{sign} stands between arrays of {len(left)} and {len(right)} series")
        return [_combined(sign, one, other) for one, other in zip(left, right, strict=True)]
    if isinstance(left, list):
        return [_combined(sign, series, right) for series in left]
    if isinstance(right, list):
        return [_combined(sign, left, series) for series in right]
    return _scalar_or_series(_combined(sign, left, right))


def _combined(sign: str, left: Value, right: Value) -> Series:
    one, other = np.asarray(left, dtype=np.float64), np.asarray(right, dtype=np.float64)
    if sign in _ARITHMETIC:
        return _known(np.asarray(_ARITHMETIC[sign](one, other), dtype=np.float64))
    compared = np.asarray(_COMPARISONS[sign](one, other), dtype=np.float64)
    return np.where(np.isnan(one) | np.isnan(other), np.nan, compared)


def _across(over: Callable[..., Series], series: list[Series]) -> Value:
    """Combine an array of series period by period; a period without any value stays without one."""
    if not series:
        raise MetricMathError("the expression combines an array without series")
    stacked = np.vstack(series)
    return np.where(np.isnan(stacked).all(axis=0), np.nan, over(stacked, axis=0))


def _changes(series: Series, period_s: int | None) -> Series:
    """Return the change from the value before, by seconds where a period is given; the first value has none."""
    if series.ndim == 0:
        raise MetricMathError("RATE and DIFF take a series, and have a number")
    changes = np.full(len(series), np.nan)
    existing = np.flatnonzero(~np.isnan(series))
    if len(existing) > 1:
        steps = np.diff(existing) * period_s if period_s else 1
        changes[existing[1:]] = np.diff(series[existing]) / steps
    return changes


def _filled(series: Series, word: str | None, value: Value) -> Series:
    missing = np.isnan(series)
    existing = np.flatnonzero(~missing)
    if word is None:
        return np.where(missing, np.asarray(value, dtype=np.float64), series)
    if len(existing) == 0:
        return series
    positions = np.arange(len(series))
    if word == "LINEAR":
        filled = np.interp(positions, existing, series[existing])
        return np.where((positions < existing[0]) | (positions > existing[-1]), series, filled)
    latest = np.maximum.accumulate(np.where(missing, -1, positions))
    return np.where(latest >= 0, series[latest], np.nan)


def _known(values: Series) -> Series:
    return np.where(np.isfinite(values), values, np.nan)


def _scalar_or_series(values: Series) -> Value:
    known = _known(np.asarray(values, dtype=np.float64))
    return float(known) if known.ndim == 0 else known
