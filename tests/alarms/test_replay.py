"""The replay of whole histories says, period by period, what the evaluation of one window says."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from alarms.composite_rule import holds, read_rule
from alarms.evaluate import AlarmState, ComparisonOperator, EvaluationRule, MissingData, evaluate
from alarms.replay import STATES, replay, replay_composite, uncertain_periods

_values = st.none() | st.sampled_from([0.0, 1.0, 2.0])


@st.composite
def _rules(draw: st.DrawFn) -> EvaluationRule:
    periods = draw(st.integers(1, 6))
    return EvaluationRule(
        comparison_operator=draw(st.sampled_from(list(ComparisonOperator)[:4])),
        threshold=1.0,
        evaluation_periods=periods,
        datapoints_to_alarm=draw(st.integers(1, periods)),
        treat_missing_data=draw(st.sampled_from(list(MissingData))),
    )


@given(_rules(), st.lists(_values, max_size=40))
def test_replay_is_evaluation_repeated(rule: EvaluationRule, values: list[float | None]) -> None:
    state, expected = AlarmState.INSUFFICIENT_DATA, []
    padded = [*[None] * rule.evaluation_range, *values]
    for end in range(len(values)):
        state = evaluate(rule, padded[end + 1 : end + 1 + rule.evaluation_range], state)
        expected.append(state)
    series = np.array([math.nan if value is None else value for value in values], dtype=np.float64)
    assert [STATES[state] for state in replay(rule, series)] == expected


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=20))
def test_composites_follow_their_children(states: list[tuple[int, int]]) -> None:
    rule = read_rule('ALARM("a") AND NOT (OK("b") OR INSUFFICIENT_DATA("c"))')
    children = {
        name: np.array(column, dtype=np.int8) for name, column in zip("ab", zip(*states, strict=True), strict=True)
    }
    replayed = replay_composite(rule, children, len(states))
    for position, (a, b) in enumerate(states):
        in_alarm = holds(rule, {"a": STATES[a], "b": STATES[b]})
        assert STATES[replayed[position]] is (AlarmState.ALARM if in_alarm else AlarmState.OK)


def test_few_samples_make_a_percentile_uncertain() -> None:
    samples = np.array([99.0, 100.0, math.nan, 1000.0])
    assert uncertain_periods("p90", samples).tolist() == [True, False, True, False]
    assert uncertain_periods("p99", samples).tolist() == [True, True, True, False]
    assert uncertain_periods("p99.9", np.array([9_999.0, 10_000.0])).tolist() == [True, False]
    assert uncertain_periods("p0", samples).tolist() == [True, True, True, True]
    for other in ("tm90", "PR(:1000)", "IQM"):
        assert uncertain_periods(other, np.array([19.0, 20.0])).tolist() == [True, False]
