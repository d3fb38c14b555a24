"""Metric math: CloudWatch's functions give their documented values, and no text breaks the reader."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarms.alarm import Metric, MetricQuery
from alarms.metric_math import (
    Binary,
    Call,
    Expression,
    MetricMathError,
    Name,
    Number,
    Text,
    names_in,
    read_expression,
)
from alarms.metric_math_values import compute_queries

NAN = math.nan
_M1 = [1.0, 2.0, NAN, 4.0]
_M2 = [10.0, NAN, NAN, 0.0]


def _metric(name: str) -> Metric:
    return Metric(namespace="n", metric_name=name, dimensions=(), statistic="Sum", period_s=60)


def _computed(expression: str) -> list[float]:
    queries = (
        MetricQuery(query_id="e", expression=expression),
        MetricQuery(query_id="m1", metric=_metric("m1"), return_data=False),
        MetricQuery(query_id="m2", metric=_metric("m2"), return_data=False),
        MetricQuery(query_id="twice", expression="m1 * 2", return_data=False),
    )
    history = {_metric("m1"): np.array(_M1), _metric("m2"): np.array(_M2)}
    values: list[float] = compute_queries(queries, history, period_s=60).tolist()
    return values


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("m1 + m2", [11.0, NAN, NAN, 4.0]),
        ("m1 - 1", [0.0, 1.0, NAN, 3.0]),
        ("m2 / m1", [10.0, NAN, NAN, 0.0]),
        ("m1 / m2", [0.1, NAN, NAN, NAN]),
        ("m1 ^ 2", [1.0, 4.0, NAN, 16.0]),
        ("-m1", [-1.0, -2.0, NAN, -4.0]),
        ("1 + 2 * 3", [7.0] * 4),
        ("(1 + 2) * 3", [9.0] * 4),
        ("8 - 2 - 1", [5.0] * 4),
        ("twice", [2.0, 4.0, NAN, 8.0]),
        ("m1 > 1", [0.0, 1.0, NAN, 1.0]),
        ("m1 >= 1 AND m1 < 3", [1.0, 1.0, NAN, 0.0]),
        ("m1 == 1 || m1 == 4", [1.0, 0.0, NAN, 1.0]),
        ("IF(m1 > 1, m1, 0)", [0.0, 2.0, NAN, 4.0]),
        ("IF(m1 > 1, m1)", [NAN, 2.0, NAN, 4.0]),
        ("FILL(m1, 0)", [1.0, 2.0, 0.0, 4.0]),
        ("FILL(m1, REPEAT)", [1.0, 2.0, 2.0, 4.0]),
        ("FILL(m1, LINEAR)", [1.0, 2.0, 3.0, 4.0]),
        ("FILL(m2, REPEAT)", [10.0, 10.0, 10.0, 0.0]),
        ("SUM(METRICS())", [11.0, 2.0, NAN, 4.0]),
        ('SUM(METRICS("m2"))', [10.0, NAN, NAN, 0.0]),
        ("AVG([m1, m2])", [5.5, 2.0, NAN, 2.0]),
        ("MAX([m1, m2])", [10.0, 2.0, NAN, 4.0]),
        ("MIN([m1, 3])", [1.0, 2.0, 3.0, 3.0]),
        ("MAX(m1)", [4.0] * 4),
        ("m1 / SUM(m1)", [1 / 7, 2 / 7, NAN, 4 / 7]),
        ("RATE(m1)", [NAN, 1 / 60, NAN, 2 / 120]),
        ("DIFF(m1)", [NAN, 1.0, NAN, 2.0]),
        ("RUNNING_SUM(m1)", [1.0, 3.0, NAN, 7.0]),
        ("m1 / PERIOD(m1)", [1 / 60, 2 / 60, NAN, 4 / 60]),
        ("SUM([m1, m2] * 2)", [22.0, 4.0, NAN, 8.0]),
        ("CEIL(m1 / 3)", [1.0, 1.0, NAN, 2.0]),
        ("sum([m1, m2])", [11.0, 2.0, NAN, 4.0]),
    ],
)
def test_values(expression: str, values: list[float]) -> None:
    assert _computed(expression) == pytest.approx(values, nan_ok=True)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("", "cannot be read at character 1"),
        ("m1 +", "cannot be read at character 5"),
        ("m1 m2", "cannot be read at character 3"),
        ("(m1", "cannot be read"),
        ("m1 $ 2", r"character 3 \(\$ 2\)"),
        ("nowhere", "no query"),
        ("e", "need one another"),
        ("WHAT(m1)", "not known here"),
        ("METRICS()", "not one"),
        ("IF(m1)", "IF takes"),
        ("FILL(m1)", "FILL takes"),
        ("RATE(1)", "have a number"),
        ('m1 + "x"', "where a value is needed"),
        ("SUM(m1, m2)", "takes one argument"),
        ("(" * 500 + "1" + ")" * 500, "nests deeper"),
        ("1+" * 2000 + "1", "longer than"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(expression: str, message: str) -> None:
    with pytest.raises(MetricMathError, match=message) as caught:
        _computed(expression)
    assert "\n" not in str(caught.value)


def test_names() -> None:
    assert names_in(read_expression("IF(a > 1, b / c, FILL([d], 0))")) == {"a", "b", "c", "d"}


_pieces = st.sampled_from(
    ["m1", "m2", "1", "0", "+", "-", "*", "/", "(", ")", ",", "IF(", "SUM(", "METRICS()", "[", "]", "<", "AND"]
)


@given(st.lists(_pieces, max_size=20).map("".join) | st.text(max_size=30))
def test_no_text_breaks_it(text: str) -> None:
    try:
        values = _computed(text)
    except MetricMathError:
        return
    assert len(values) == 4
    assert not any(math.isinf(value) for value in values)


_NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,5}", fullmatch=True)
_leaves: st.SearchStrategy[Expression] = (
    st.builds(Number, value=st.floats(min_value=0, max_value=1e9))
    | st.builds(Name, name=_NAMES)
    | st.builds(Text, value=st.text("abc /-", max_size=5))
)
_expressions: st.SearchStrategy[Expression] = st.recursive(
    _leaves,
    lambda inner: (
        st.builds(
            Binary,
            sign=st.sampled_from(["+", "-", "*", "/", "^", "<", ">=", "==", "&&", "||"]),
            left=inner,
            right=inner,
        )
        | st.builds(
            Call, function=st.sampled_from(["IF", "SUM", "[]"]), arguments=st.lists(inner, max_size=3).map(tuple)
        )
    ),
    max_leaves=12,
)


def _written(expression: Expression) -> str:
    match expression:
        case Number():
            return repr(expression.value)
        case Text():
            return f'"{expression.value}"'
        case Name():
            return expression.name
        case Binary():
            return f"({_written(expression.left)} {expression.sign} {_written(expression.right)})"
        case Call():
            arguments = ", ".join(map(_written, expression.arguments))
            return f"[{arguments}]" if expression.function == "[]" else f"{expression.function}({arguments})"


@given(_expressions)
def test_an_expression_reads_back_as_it_was_written(expression: Expression) -> None:
    assert read_expression(_written(expression)) == expression


@pytest.mark.parametrize(
    ("flat", "grouped"),
    [
        ("a + b * c", "a + (b * c)"),
        ("a - b - c", "(a - b) - c"),
        ("a < b && c < d || e", "((a < b) && (c < d)) || e"),
        ("-a ^ b", "-(a ^ b)"),
        ("a AND b OR c", "(a && b) || c"),
    ],
)
def test_operators_bind_as_in_arithmetic(flat: str, grouped: str) -> None:
    assert read_expression(flat) == read_expression(grouped)
