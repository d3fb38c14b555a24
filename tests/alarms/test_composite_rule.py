"""The rule language of composite alarms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarms.composite_rule import (
    AlarmRuleError,
    And,
    Constant,
    InState,
    Not,
    Or,
    Rule,
    alarm_names,
    any_in_alarm,
    holds,
    read_rule,
    write_rule,
)
from alarms.evaluate import AlarmState

_STATES = {"a": AlarmState.ALARM, "b": AlarmState.OK}

_names = st.text(st.characters(codec="ascii", categories=["L", "P"]), min_size=1)
_operands: st.SearchStrategy[Rule] = st.builds(
    InState, state=st.sampled_from(list(AlarmState)), alarm_name=_names
) | st.builds(Constant, value=st.booleans())
_rules: st.SearchStrategy[Rule] = st.recursive(
    _operands,
    lambda rules: (
        st.builds(Not, operand=rules) | st.builds(And, left=rules, right=rules) | st.builds(Or, left=rules, right=rules)
    ),
    max_leaves=12,
)
_pieces = st.sampled_from(["ALARM(a)", "(", ")", "NOT", "AND", "OR", " ", '"'])
_DEEP = "(" * 200 + "TRUE" + ")" * 200


@given(_rules)
def test_a_rule_reads_back_as_it_was_written(rule: Rule) -> None:
    assert read_rule(write_rule(rule)) == rule


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ALARM(a)", True),
        ('ALARM("b")', False),
        ("OK(b) AND ALARM(a)", True),
        ("NOT ALARM(a) OR OK(b)", True),
        ("NOT (ALARM(a) OR OK(b))", False),
        ("ALARM(a) OR ALARM(b) AND FALSE", True),
        ("(ALARM(a) OR ALARM(b)) AND FALSE", False),
        ("INSUFFICIENT_DATA(unknown)", True),
        ("ALARM(arn:aws:cloudwatch:eu-west-1:123456789012:alarm:a)", True),
        ("TRUE", True),
    ],
)
def test_rules_hold_by_the_states_of_alarms(text: str, expected: bool) -> None:
    assert holds(read_rule(text), _STATES) is expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ALARM",
        "ALARM()",
        "ALARM(a) ALARM(b)",
        "ALARM(a) AND",
        "(ALARM(a)",
        "XOR(a)",
        "NOT",
        "(" * 200 + "TRUE" + ")" * 200,
    ],
)
def test_what_is_no_rule_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(AlarmRuleError) as caught:
        read_rule(text)
    assert "\n" not in str(caught.value)


@given(
    st.text(max_size=40)
    | st.lists(st.sampled_from(["ALARM(a)", "(", ")", "NOT", "AND", "OR", " ", '"']), max_size=15).map("".join)
)
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        rule = read_rule(text)
    except AlarmRuleError:
        return
    assert read_rule(write_rule(rule)) == rule


@given(st.lists(st.text(st.characters(codec="ascii", exclude_categories=["C"]), min_size=1), min_size=1, unique=True))
def test_any_in_alarm_names_every_alarm(names: list[str]) -> None:
    assert alarm_names(read_rule(any_in_alarm(names))) == set(names)
