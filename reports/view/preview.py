"""Dashboards as their preview shows them, read from the document that ``dashboards preview --json`` prints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reports.view.chart import Axis, Chart, Series, Window, chart
from reports.view.markdown_blocks import Block, blocks
from reports.view.names import common_prefix

_STATES = {"ALARM": "alarm", "OK": "ok", "INSUFFICIENT_DATA": "insufficient"}
_UNITS = {"ms": "ms", "%": "%"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmTile:
    """An alarm and its state, in words and as a CSS class."""

    name: str
    short_name: str
    state: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Widget:
    """A widget on the grid of 24 columns; columns and rows are counted from 1. ``kind`` says which fields it has."""

    kind: str
    title: str
    column: int
    row: int
    width: int
    height: int
    unread: str
    blocks: tuple[Block, ...] = ()
    chart: Chart | None = None
    axis_label: str = ""
    alarms: tuple[AlarmTile, ...] = ()
    query: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """A dashboard."""

    anchor: str
    name: str
    widgets: tuple[Widget, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewPage:
    """The whole page; ``unread`` counts widgets that could not be read."""

    head: str
    window: str
    dashboards: tuple[Dashboard, ...]
    widget_count: int
    unread: int


def preview_page(document: Mapping[str, Any]) -> PreviewPage:
    """Return the page of a preview's document."""
    start_at, end_at = datetime.fromisoformat(document["start_at"]), datetime.fromisoformat(document["end_at"])
    window = Window(start_at=start_at, end_at=end_at)
    shown = tuple(
        Dashboard(
            anchor=f"dashboard-{position}",
            name=one["name"],
            widgets=tuple(_widget(widget, window) for widget in one["widgets"]),
        )
        for position, one in enumerate(document["dashboards"], 1)
    )
    return PreviewPage(
        head=document["head"],
        window=f"{start_at:%Y-%m-%d %H:%M}Z to {end_at:%Y-%m-%d %H:%M}Z",
        dashboards=shown,
        widget_count=sum(len(one.widgets) for one in shown),
        unread=sum(bool(widget.unread) for one in shown for widget in one.widgets),
    )


def _widget(widget: Mapping[str, Any], window: Window) -> Widget:
    kind = "number" if widget["kind"] == "metric" and widget["view"] != "timeSeries" else widget["kind"]
    return Widget(
        kind=kind,
        title=widget["title"],
        column=widget["x"] + 1,
        row=widget["y"] + 1,
        width=widget["width"],
        height=widget["height"],
        unread=widget["unread"] or "",
        blocks=blocks(widget.get("markdown", "")),
        chart=_chart(widget, window) if widget["kind"] == "metric" else None,
        axis_label=widget.get("axis", {}).get("label", ""),
        alarms=_alarms(widget.get("alarms", ())),
        query=widget.get("query", ""),
        columns=tuple(widget.get("columns", ())),
        rows=tuple(tuple(row) for row in widget.get("rows", ())),
    )


def _chart(widget: Mapping[str, Any], window: Window) -> Chart:
    axis = widget["axis"]
    unit = _UNITS.get(axis["label"], "")
    series = [Series.of(line["label"], line["timeline"], color=line["color"]) for line in widget["lines"]]
    marks = [(band["label"], float(band["value"]), "band", band["color"]) for band in widget["bands"]]
    return chart(
        series,
        window,
        marks=marks,
        axis=Axis(bottom=axis["min"], top=axis["max"], unit=unit, stacked=widget["stacked"]),
    )


def _alarms(alarms: Any) -> tuple[AlarmTile, ...]:
    prefix = common_prefix([alarm["name"] for alarm in alarms])
    return tuple(
        AlarmTile(
            name=alarm["name"],
            short_name=alarm["name"].removeprefix(prefix),
            state=alarm["state"] or "not there yet",
            kind=_STATES.get(alarm["state"] or "", "not-there"),
        )
        for alarm in alarms
    )
