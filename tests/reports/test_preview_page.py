"""A preview lays widgets out as CloudWatch does, and shows what each holds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reports.preview import render_preview
from reports.view.markdown_blocks import Span, blocks
from reports.view.preview import preview_page
from tests.reports.backtests import hostile_document
from tests.reports.hostile import SCRIPT
from tests.reports.previews import preview_document
from tests.reports.test_escaping import CONTROL, tags_of


def test_widgets_are_where_cloudwatch_puts_them() -> None:
    (dashboard,) = preview_page(preview_document()).dashboards
    assert [(one.kind, one.column, one.row, one.width, one.height) for one in dashboard.widgets] == [
        ("text", 1, 1, 24, 3),
        ("alarm", 1, 4, 24, 2),
        ("metric", 1, 6, 12, 6),
        ("metric", 13, 6, 12, 6),
        ("number", 1, 12, 12, 6),
        ("metric", 13, 12, 12, 6),
        ("log", 1, 18, 12, 6),
        ("log", 13, 18, 12, 6),
    ]


def test_charts_have_lines_bands_and_numbers() -> None:
    (dashboard,) = preview_page(preview_document()).dashboards
    plain, stacked, number = (dashboard.widgets[position].chart for position in (2, 3, 4))
    assert plain is not None
    assert [(line.label, line.color) for line in plain.lines] == [("p50", "#1f77b4"), ("p90", "#ff7f0e")]
    assert [(mark.label, mark.value, mark.color) for mark in plain.marks] == [
        ("Latency p90 alarm", "7.5 ms", "#d62728")
    ]
    assert stacked is not None
    assert all(line.is_filled for line in stacked.lines)
    assert number is not None
    assert [line.latest for line in number.lines] == ["6 ms", "6 ms"]


def test_alarms_have_their_states_and_those_that_are_absent_are_told() -> None:
    (dashboard,) = preview_page(preview_document()).dashboards
    assert [(tile.short_name, tile.state, tile.kind) for tile in dashboard.widgets[1].alarms] == [
        ("4xx-rate", "OK", "ok"),
        ("5xx-rate", "ALARM", "alarm"),
        ("latency-p90", "INSUFFICIENT_DATA", "insufficient"),
        ("unhealthy", "not there yet", "not-there"),
    ]


def test_what_could_not_be_read_is_on_the_page() -> None:
    page = render_preview(preview_document())
    assert "2 of 8 widgets could not be read" in page
    assert "allow cloudwatch:GetMetricData" in page


def test_markdown_is_a_small_subset() -> None:
    heading, line, item, refused = blocks(preview_document()["dashboards"][0]["widgets"][0]["markdown"])
    assert (heading.kind, heading.spans) == ("h1", (Span(text="pets dev"),))
    assert [span.kind for span in line.spans] == ["link", "text", "strong", "text", "em", "text", "code"]
    assert item.kind == "li"
    assert refused.spans == (Span(text="[no](javascript:alert(1))"),)


@given(st.text(alphabet="[]()*`# -\nahttps:/\"'<>"))
def test_markdown_links_lead_to_the_web_and_no_text_is_lost(text: str) -> None:
    for block in blocks(text):
        for span in block.spans:
            assert span.text
            assert (span.kind == "link") == bool(span.url)
            assert not span.url or span.url.startswith(("http://", "https://"))


def test_hostile_names_are_only_text() -> None:
    own, hostile = render_preview(preview_document()), render_preview(hostile_document(preview_document()))
    assert SCRIPT not in hostile
    assert hostile.count("&lt;script&gt;alert(1)&lt;/script&gt;") > 20
    assert not CONTROL.search(hostile)
    assert set(tags_of(hostile).tags) <= set(tags_of(own).tags)
    links = [value or "" for tag, name, value in tags_of(hostile).attributes if name == "href"]
    assert all(link.startswith(("#", "https://", "http://")) for link in links)
    assert not [name for _, name, _ in tags_of(hostile).attributes if name.startswith("on")]


def test_no_dashboard_is_told() -> None:
    assert "want no dashboard" in render_preview(preview_document() | {"dashboards": []})
