"""YAML as JSON values."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.yaml_documents import YamlError, read_yaml

LINE_BREAKS_OF_YAML_1_1 = "\x85\u2028\u2029"
"""libyaml folds these into blanks inside quotes, where YAML 1.2 keeps them."""

NUMBER_OF_YAML_1_2_ONLY = re.compile(r"[-+]?(\.\d+|\d+(\.\d*)?)[eE][-+]?\d+|0o[0-7]+", re.ASCII)
"""PyYAML writes such a text without quotes, since YAML 1.1 has other numbers."""

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**18), 10**18)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters=LINE_BREAKS_OF_YAML_1_1), max_size=10).filter(
        lambda text: not NUMBER_OF_YAML_1_2_ONLY.fullmatch(text)
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc-é: '\"#", max_size=6), inner, max_size=3),
    max_leaves=12,
)


@given(value=JSON_VALUES, flow=st.sampled_from([True, False, None]))
@settings(max_examples=200, deadline=None)
def test_what_pyyaml_writes_is_read(value: object, flow: bool | None) -> None:
    assert read_yaml(yaml.safe_dump(value, default_flow_style=flow, allow_unicode=True)) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("200: ok", {"200": "ok"}),
        ("true: 1\nnull: 2\n2026-01-02: 3", {"true": 1, "null": 2, "2026-01-02": 3}),
        ("a: 2026-01-02\nb: 12:30:00", {"a": "2026-01-02", "b": "12:30:00"}),
        ("[no, on, off, yes, NO]", ["no", "on", "off", "yes", "NO"]),
        ("[true, False, null, ~, '']", [True, False, None, None, ""]),
        ("[1, -2, +3, 0x1F, 0o17, 007]", [1, -2, 3, 31, 15, 7]),
        ("[1., .5, 1e3, -1.5E-2, 1.2.3, 1_000, '1']", [1.0, 0.5, 1000.0, -0.015, "1.2.3", "1_000", "1"]),
        ("a: &x {b: 1}\nc: *x", {"a": {"b": 1}, "c": {"b": 1}}),
        ("a: &x {b: 1, c: 2}\nd:\n  <<: *x\n  c: 3", {"a": {"b": 1, "c": 2}, "d": {"b": 1, "c": 3}}),
        ("[!!str 5, !!int '6', !!float 1, !!null x, !!bool 'true', ! 7]", ["5", 6, 1.0, None, True, "7"]),
        ("|\n  two\n  lines\n", "two\nlines\n"),
        ("", None),
        ("# only a comment\n", None),
        ("---\na: 1\n...\n", {"a": 1}),
        ("&k a: 1\nb: *k", {"a": 1, "b": "a"}),
        ("9" * 2000, float("inf")),
    ],
)
def test_values(text: str, value: Any) -> None:
    found = read_yaml(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [1, 2", "line 2, column 1: did not find expected ',' or ']'"),
        ("a: 1\n  b: 2", "line 2, column 4: mapping values are not allowed in this context"),
        ("a: 1\nb: 2\na: 3", "line 3, column 1: key 'a' stands here twice"),
        ("a: 1\n---\nb: 2", "line 2, column 1: a second document begins here; keep one"),
        ("a: *x", "line 1, column 4: alias *x has no anchor before it"),
        ("a: &x [*x]", "line 1, column 8: alias *x has no anchor before it"),
        ("{[1]: 2}", "line 1, column 2: a key must be text"),
        ("a: !!python/object:os.system x", "line 1, column 4: the tag tag:yaml.org,2002:python/object:os.system"),
        ("a: !!int x", "line 1, column 4: 'x' is not of type int"),
        ("<<: 3", "line 1, column 1: << needs a mapping"),
        ("a: \x07", "line 1, column 1:"),
    ],
)
def test_faults_have_a_line_and_a_column(text: str, message: str) -> None:
    with pytest.raises(YamlError) as caught:
        read_yaml(text)
    assert str(caught.value).startswith(message)


def test_aliases_that_explode_are_refused() -> None:
    levels = [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 10)]
    with pytest.raises(YamlError, match="aliases expand to more than 10,000,000 values"):
        read_yaml("\n".join(["l0: &l0 x", *levels]))


def test_a_document_nested_too_deep_is_refused() -> None:
    with pytest.raises(YamlError, match="nested deeper than 200 levels"):
        read_yaml("[" * 300 + "]" * 300)
