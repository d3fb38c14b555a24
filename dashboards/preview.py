"""A dashboard as it would look now, as a JSON document that a page is rendered from."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from alarms.resource import Resource
from dashboards.body import body_text
from dashboards.live import Live, Unread


def preview_document(head: str, dashboards: Sequence[Resource], live: Live) -> dict[str, Any]:
    """Return what dashboards would show.

    Args:
        head: Whose dashboards they are: API, stage, account and Region.
        dashboards: The dashboards.
        live: Reads what their widgets show.
    """
    return {
        "format": 1,
        "head": head,
        "start_at": live.start_at.isoformat(),
        "end_at": live.end_at.isoformat(),
        "dashboards": [
            {"name": one.resource_name, "widgets": [_widget(widget, live) for widget in _widgets(one)]}
            for one in dashboards
        ],
    }


def unread(document: Mapping[str, Any]) -> Iterator[str]:
    """Return a line for each widget that could not be read."""
    for dashboard in document["dashboards"]:
        for widget in dashboard["widgets"]:
            if widget["unread"]:
                yield f"{dashboard['name']}: {widget['title'] or widget['kind']}: {widget['unread']}"


def _widgets(dashboard: Resource) -> list[dict[str, Any]]:
    widgets: list[dict[str, Any]] = json.loads(body_text(dashboard))["widgets"]
    return widgets


def _widget(widget: Mapping[str, Any], live: Live) -> dict[str, Any]:
    properties = widget["properties"]
    placed = {key: widget[key] for key in ("x", "y", "width", "height")}
    shown = {"kind": widget["type"], **placed, "title": properties.get("title", ""), "unread": None}
    match widget["type"]:
        case "text":
            return {**shown, "markdown": properties["markdown"]}
        case "alarm":
            return {**shown, **_alarms(properties, live)}
        case "log":
            return {**shown, **_query(properties, live)}
        case _:
            return {**shown, **_metrics(properties, live)}


def _metrics(properties: Mapping[str, Any], live: Live) -> dict[str, Any]:
    axis = properties.get("yAxis", {}).get("left", {})
    shown = {
        "view": properties.get("view", "timeSeries"),
        "stacked": bool(properties.get("stacked")),
        "axis": {"label": axis.get("label", ""), "min": axis.get("min"), "max": axis.get("max")},
        "bands": [
            {"label": band.get("label", ""), "value": band["value"], "color": band.get("color", "")}
            for band in properties.get("annotations", {}).get("horizontal", ())
        ],
    }
    lines = live.lines(properties)
    if isinstance(lines, Unread):
        return {**shown, "lines": [], "unread": lines.reason}
    drawn = [{"label": line.label, "color": line.color, "timeline": line.timeline.document} for line in lines]
    return {**shown, "lines": drawn}


def _alarms(properties: Mapping[str, Any], live: Live) -> dict[str, Any]:
    states = live.states(properties["alarms"])
    names = [arn.split(":alarm:")[-1] for arn in properties["alarms"]]
    if isinstance(states, Unread):
        return {"alarms": [{"name": name, "state": None} for name in names], "unread": states.reason}
    return {"alarms": [{"name": name, "state": states.get(name)} for name in names]}


def _query(properties: Mapping[str, Any], live: Live) -> dict[str, Any]:
    table = live.rows(properties["query"])
    if isinstance(table, Unread):
        return {"query": properties["query"], "columns": [], "rows": [], "unread": table.reason}
    return {"query": properties["query"], "columns": list(table.columns), "rows": [list(row) for row in table.rows]}
