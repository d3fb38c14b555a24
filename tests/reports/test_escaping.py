"""No value of a run is read as markup by a browser, an XML parser or a Markdown renderer."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.html import render_html
from reports.junit import render_junit
from reports.markdown import render_summary
from reports.rendering import markdown
from tests.reports.hostile import HOSTILE, SCRIPT, hostile
from tests.reports.judgements import calm, compared, faulty

NIGHT = hostile(compared(faulty()))
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\ud800-\udfff\ufffe]")


class Tags(HTMLParser):
    """Collects tags and attributes as a browser would see them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.extend((tag, name, value) for name, value in attrs)


def tags_of(page: str) -> Tags:
    parser = Tags()
    parser.feed(page)
    parser.close()
    return parser


def test_the_page_has_the_same_tags_whatever_the_values_are() -> None:
    hostile_page, own_page = tags_of(render_html(NIGHT)), tags_of(render_html(compared(faulty())))
    assert hostile_page.tags.count("script") == own_page.tags.count("script") == 1
    assert set(hostile_page.tags) <= set(own_page.tags)
    assert "img" not in hostile_page.tags
    assert {name for _, name, _ in hostile_page.attributes} <= {name for _, name, _ in own_page.attributes}
    assert not [name for _, name, _ in hostile_page.attributes if name.startswith("on")]


def test_no_hostile_text_stands_unescaped_in_the_page() -> None:
    page = render_html(NIGHT)
    assert SCRIPT not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "{{7*7}}" in page
    assert not CONTROL.search(page)
    links = [value or "" for tag, name, value in tags_of(page).attributes if name == "href"]
    assert all(link.startswith(("#", "https://", "http://")) for link in links)


def test_every_kind_of_evidence_is_in_the_hostile_page() -> None:
    """The escaping above proves nothing of a field that is not shown."""
    page = render_html(NIGHT)
    expected = (
        "Received response. Status: 201",
        "users-legacy",
        "O&#39;Hara",
        "responseLatency",
        "redacted:0f3a9c21b7de",
        "nobody calls it from a browser",
        "logs:FilterLogEvents",
        "KeyError",
        "20260301-0300-7f3a",
        "Mapping template",
    )
    assert [text for text in expected if text not in page] == []


def test_the_xml_is_valid_and_holds_the_text() -> None:
    root = ET.fromstring(render_junit(NIGHT).encode())
    cases = root.findall("testsuite/testcase")
    assert len(cases) == len(NIGHT.verdicts) + len(NIGHT.internal_errors)
    assert root.find(".//script") is None
    assert all((case.get("name") or "").startswith(f"{SCRIPT}\"'`") for case in cases)
    assert not CONTROL.search(render_junit(NIGHT).replace("\r", ""))


def test_the_markdown_has_the_same_shape_whatever_the_values_are() -> None:
    own, foreign = render_summary(compared(faulty())), render_summary(NIGHT)
    assert foreign.count("\n") == own.count("\n")
    assert "<" not in foreign
    assert not CONTROL.search(foreign)
    assert not re.search(r"(?<!\\)\[x", foreign)
    assert "@octocat" not in foreign
    assert "https://" not in foreign
    for line in foreign.splitlines():
        if line.startswith("|"):
            assert len(re.findall(r"(?<!\\)\|", line)) == 7


@given(st.text())
def test_a_markdown_value_is_one_line_without_markup(text: str) -> None:
    shown = markdown(text)
    assert "\n" not in shown
    assert "<" not in shown
    assert not re.search(r"(?<!\\)(?:\\\\)*[`*_\[\]|~]", re.sub(r"\\.", "", shown))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("# title", "&#35; title"),
        ("- item", "\\- item"),
        ("1. item", "1\\. item"),
        ("a|b", "a\\|b"),
        ("a_b*c", "a\\_b\\*c"),
        ("<b> & @me", "&lt;b&gt; &amp; &#64;me"),
        ("\\|", "\\\\\\|"),
        ("back\ntick `x`", "back tick \\`x\\`"),
    ],
)
def test_markdown_values(text: str, shown: str) -> None:
    assert markdown(text) == shown


def test_a_calm_hostile_night_is_written_too() -> None:
    assert HOSTILE not in render_html(hostile(calm()))
