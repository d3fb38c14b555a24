from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.view.text import ShownText, body_text, clipped, json_layout, one_line, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain\n\ttext", "plain\n\ttext"),
        ("a\x00b\x1b[31m", "a\u2400b\u241b[31m"),
        ("bell\x7f", "bell\u2421"),
        ("cr\r\nlf", "cr\u240d\nlf"),
        ("abc\u202edef", "abc\u27e8U+202E\u27e9def"),
        ("half \ud800 pair", "half \u27e8U+D800\u27e9 pair"),
        ("caf\xe9 \U0001f600", "caf\xe9 \U0001f600"),
    ],
)
def test_what_cannot_be_seen_is_named(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text(alphabet=st.characters()))
def test_visible_text_can_always_be_written(text: str) -> None:
    assert visible(text).encode("utf-8").decode() == visible(text)
    assert visible(visible(text)) == visible(text)


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"", ShownText(text="")),
        (b"hello", ShownText(text="hello")),
        (b"\x89PNG\r\n", ShownText(text="89 50 4e 47 0d 0a", note="binary, 6 bytes; the first 256 as hex")),
        (b"a\x00b", ShownText(text="61 00 62", note="binary, 3 bytes; the first 256 as hex")),
        (b"x" * 4_003, ShownText(text="x" * 4_000, note="3 more characters")),
    ],
)
def test_a_body_is_shown_as_what_it_is(body: bytes, shown: ShownText) -> None:
    assert body_text(body) == shown


def test_long_json_is_laid_out() -> None:
    document = {"names": ["one" * 10, "two" * 10], "count": 12345678901234567890}
    shown = body_text(json.dumps(document).encode())
    assert shown == ShownText(text=json.dumps(document, indent=2), note="laid out for reading")


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1, "a": 2, "padding": "' + "x" * 80 + '"}',
        '{"a": 1.10, "padding": "' + "x" * 80 + '"}',
        '{"a": 1,  "padding": "' + "x" * 80 + '"}',
        "[" * 30_000,
        '{"short": 1}',
    ],
)
def test_json_that_layout_would_change_stays_as_it_is(text: str) -> None:
    assert json_layout(text) is None


def test_one_line_and_clipped_say_that_something_is_left_out() -> None:
    assert one_line("a\n b\t c", 10) == "a b c"
    assert one_line("abcdef", 4) == "abc…"
    assert clipped("abcdef", 4) == ShownText(text="abcd", note="2 more characters")
