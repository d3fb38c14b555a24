"""When two payloads and two addresses are the same: redacted, masked and cut parts are never held against anybody."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.mapping_oracle import address_difference, comparison, same_payload
from gateway.execution import Execution, LoggedMap, LoggedText

NOTHING = Execution(request_id="rid-0")
TOKEN = "redacted:0123456789ab"

SAME = [
    ("", "", True),
    ("a=1", "a=1", True),
    ("a=1", "a=2", False),
    ('{"a": 1, "b": 2}', '{"b":2,"a":1}', True),
    ('{"a": 1}', '{"a": 1.0}', True),
    ('{"a": 1}', '{"a": "1"}', False),
    ('{"a": 1}', '{"a": true}', False),
    ('{"a": 0}', '{"a": false}', False),
    ('{"a": null}', "{}", False),
    ("[1, 2]", "[2, 1]", False),
    ('{"a": 1}', '{"a": 1', False),
    (f'{{"a": "{TOKEN}"}}', '{"a": "secret"}', True),
    (f'{{"a": "x-{TOKEN}"}}', '{"a": "x-secret"}', True),
    (f'{{"a": "{TOKEN}", "b": "x"}}', '{"a": "secret", "b": "y"}', False),
    (f'{{"a": "{TOKEN}"}}', '{"b": "secret"}', False),
]


@pytest.mark.parametrize(("expected", "actual", "is_same"), SAME)
def test_same_payload(expected: str, actual: str, is_same: bool) -> None:
    assert same_payload(expected, actual, NOTHING) is is_same


def test_what_was_cut_out_of_a_redacted_input_is_not_compared() -> None:
    execution = Execution(request_id="rid-0", request_body=LoggedText(text=f'{{"pin": "{TOKEN}"}}'))
    assert same_payload('{"last": "9ab"}', '{"last": "234"}', execution)
    assert not same_payload('{"last": "9ab"}', '{"last": "234"}', NOTHING)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(_JSON, _JSON)
@settings(max_examples=100, deadline=None)
def test_payloads_are_the_same_where_their_values_are_whatever_the_layout(left: object, right: object) -> None:
    assert same_payload(json.dumps(left), json.dumps(left, indent=1, sort_keys=True, ensure_ascii=False), NOTHING)
    is_same = json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True)
    assert same_payload(json.dumps(left), json.dumps(right), NOTHING) is is_same


ADDRESSES = [
    ("http://h/a?x=1", "http://h/a?x=1", None),
    ("http://h/a b", "http://h/a%20b", None),
    ("http://h/a?x=1&y=2", "http://h/a?y=2&x=1", None),
    ("http://h/a", "http://h/b", "path"),
    ("http://h/a", "http://other/v1/a", None),
    ("http://h/a?x=1", "http://other/v1/a", "query string"),
    ("http://h/a?x=1", "http://h/a?x=2", "query string"),
    ("http://h/a?x=1", "http://h/a?x=1&x=1", "query string"),
    ("http://h/a?x=", "http://h/a", "query string"),
    ("http://h/a?x=1", f"http://h/a?x={TOKEN}", None),
    ("http://h/a?x=1&y=2", f"http://h/a?x={TOKEN}&y=3", "query string"),
    (f"http://h/{TOKEN}", "http://h/a", None),
    ("http://h/a?x=1", "http://h/a?x=****abcdef", None),
    ("http://h/a?x=1", "http://h/a?y= [TRUNCATED]", None),
]


@pytest.mark.parametrize(("expected", "actual", "what"), ADDRESSES)
def test_address_difference(expected: str, actual: str, what: str | None) -> None:
    assert address_difference(expected, actual) == what


def test_a_comparison_shows_template_and_inputs_that_there_are() -> None:
    execution = Execution(
        request_id="rid-0",
        request_body=LoggedText(text="{}"),
        request_headers=LoggedMap(items=(("Accept", "*/*"), ("X-A", "1"))),
    )
    shown = comparison("body", '{"a":1}', "not JSON", "$input.body", execution)
    assert shown.expected == '{\n  "a": 1\n}'
    assert shown.actual == "not JSON"
    assert shown.inputs == (
        ("mapping template", "$input.body"),
        ("method request body", "{}"),
        ("headers", "Accept: */*\nX-A: 1"),
    )
