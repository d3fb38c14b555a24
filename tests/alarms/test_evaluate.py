"""CloudWatch's documented tables hold, and what must be true of every evaluation is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarms.evaluate import AlarmState, ComparisonOperator, EvaluationRule, MissingData, decide, evaluate

TABLES = json.loads((Path(__file__).parents[1] / "data" / "alarms" / "evaluation_tables.json").read_text())
_VALUES = {"0": 0.0, "X": 1.0, "-": None}
_ORDER = {AlarmState.OK: 0, AlarmState.INSUFFICIENT_DATA: 0, None: 1, AlarmState.ALARM: 2}


def _rule(m: int, n: int, treatment: str, *, threshold: float = 0.5, less: bool = False) -> EvaluationRule:
    return EvaluationRule(
        comparison_operator=ComparisonOperator.LESS if less else ComparisonOperator.GREATER,
        threshold=threshold,
        evaluation_periods=n,
        datapoints_to_alarm=m,
        treat_missing_data=MissingData(treatment),
    )


def _cases() -> Iterator[tuple[int, int, str, str, str]]:
    for table in TABLES["tables"]:
        for data, answers in table["rows"].items():
            for treatment, answer in zip(TABLES["treatments"], answers, strict=True):
                yield table["datapoints_to_alarm"], table["evaluation_periods"], data, treatment, answer


def test_there_are_forty_documented_cases() -> None:
    assert len(list(_cases())) == 40


@pytest.mark.parametrize("case", list(_cases()), ids=str)
@pytest.mark.parametrize("state", list(AlarmState))
def test_documented_tables(case: tuple[int, int, str, str, str], state: AlarmState) -> None:
    m, n, data, treatment, answer = case
    values = [_VALUES[sign] for sign in data.split()]
    expected = state if answer == "KEEPS" else AlarmState(answer)
    assert evaluate(_rule(m, n, treatment), values, state) is expected


@pytest.mark.parametrize("data", ["- - - - X", "- - - X -"])
@pytest.mark.parametrize("state", list(AlarmState))
def test_no_premature_alarm(data: str, state: AlarmState) -> None:
    values = [_VALUES[sign] for sign in data.split()]
    assert evaluate(_rule(3, 3, "missing"), values, state) is state


def test_datapoints_to_alarm_must_fit() -> None:
    with pytest.raises(ValueError, match="datapoints_to_alarm"):
        _rule(4, 3, "missing")


@st.composite
def _evaluations(draw: st.DrawFn) -> tuple[int, int, str, list[float | None]]:
    n = draw(st.integers(1, 6))
    m = draw(st.integers(1, n))
    treatment = draw(st.sampled_from([treatment.value for treatment in MissingData]))
    values = draw(st.lists(st.none() | st.floats(0, 10), min_size=n + 2, max_size=n + 2))
    return m, n, treatment, values


def _decided(rule: EvaluationRule, values: list[float | None]) -> AlarmState | None:
    compare = rule.comparison_operator.compare
    return decide(rule, [None if value is None else compare(value, rule.threshold) for value in values])


@given(_evaluations(), st.floats(0, 10), st.floats(0, 10), st.booleans())
def test_a_looser_threshold_never_rings_more(
    evaluation: tuple[int, int, str, list[float | None]], one: float, other: float, less: bool
) -> None:
    m, n, treatment, values = evaluation
    strict, loose = (max(one, other), min(one, other)) if less else (min(one, other), max(one, other))
    at_strict = _decided(_rule(m, n, treatment, threshold=strict, less=less), values)
    at_loose = _decided(_rule(m, n, treatment, threshold=loose, less=less), values)
    assert _ORDER[at_loose] <= _ORDER[at_strict]


@given(_evaluations())
def test_fewer_datapoints_to_alarm_never_ring_less(evaluation: tuple[int, int, str, list[float | None]]) -> None:
    m, n, treatment, values = evaluation
    if m > 1:
        assert _ORDER[_decided(_rule(m - 1, n, treatment), values)] >= _ORDER[_decided(_rule(m, n, treatment), values)]


@given(st.data(), st.integers(1, 6), st.sampled_from(list(MissingData)))
def test_the_order_within_a_full_window_does_not_matter(data: st.DataObject, n: int, treatment: MissingData) -> None:
    m = data.draw(st.integers(1, n))
    older = data.draw(st.lists(st.none() | st.booleans(), max_size=2))
    window = data.draw(st.lists(st.booleans(), min_size=n, max_size=n))
    shuffled = data.draw(st.permutations(window))
    rule = _rule(m, n, treatment.value)
    assert decide(rule, [*older, *window]) is decide(rule, [*older, *shuffled])


@given(_evaluations())
def test_treatments_differ_only_where_data_lacks(evaluation: tuple[int, int, str, list[float | None]]) -> None:
    m, n, _, values = evaluation
    if sum(value is not None for value in values) >= n:
        assert len({_decided(_rule(m, n, treatment.value), values) for treatment in MissingData}) == 1
