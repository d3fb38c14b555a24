"""Documents of previews, as ``dashboards preview --json`` prints them."""

from __future__ import annotations

from typing import Any

_START = "2026-03-01T09:00:00+00:00"


def _widget(kind: str, x: int, y: int, width: int = 12, height: int = 6, **given: Any) -> dict[str, Any]:
    return {
        "kind": kind,
        "x": x,
        "y": y,
        "width": width,
        "height": height,
        "title": kind.title(),
        "unread": None,
    } | given


def _metric(x: int, y: int, **given: Any) -> dict[str, Any]:
    lines = [
        {
            "label": label,
            "color": color,
            "timeline": {
                "start_at": _START,
                "bucket_s": 1800,
                "low": [1, 2, None, 4, 5, 6],
                "high": [1, 3, None, 4, 9, 6],
            },
        }
        for label, color in (("p50", "#1f77b4"), ("p90", ""))
    ]
    plain: dict[str, Any] = {
        "view": "timeSeries",
        "stacked": False,
        "axis": {"label": "ms", "min": 0, "max": None},
        "bands": [{"label": "Latency p90 alarm", "value": 7.5, "color": "#d62728"}],
        "lines": lines,
    }
    return _widget("metric", x, y, **plain | given)


def preview_document() -> dict[str, Any]:
    """A dashboard with a widget of every kind."""
    alarms = [
        {"name": "stageproof-pets-dev-4xx-rate", "state": "OK"},
        {"name": "stageproof-pets-dev-5xx-rate", "state": "ALARM"},
        {"name": "stageproof-pets-dev-latency-p90", "state": "INSUFFICIENT_DATA"},
        {"name": "stageproof-pets-dev-unhealthy", "state": None},
    ]
    markdown = "# pets dev\n[Contract](https://example.com/a) · **bold** *it* `code`\n- item\n[no](javascript:alert(1))"
    rows: dict[str, Any] = {
        "query": "SOURCE 'pets'\n| limit 1",
        "columns": ["status", "failures"],
        "rows": [["502", "7"]],
    }
    return {
        "format": 1,
        "head": "Dashboards of pets dev (abc123) in account 123456789012, Region us-east-1",
        "start_at": _START,
        "end_at": "2026-03-01T12:00:00+00:00",
        "dashboards": [
            {
                "name": "stageproof-pets-dev",
                "widgets": [
                    _widget("text", 0, 0, 24, 3, markdown=markdown),
                    _widget("alarm", 0, 3, 24, 2, alarms=alarms),
                    _metric(0, 5),
                    _metric(12, 5, stacked=True),
                    _metric(0, 11, view="singleValue"),
                    _metric(12, 11, lines=[], unread="GetMetricData was refused; allow cloudwatch:GetMetricData"),
                    _widget("log", 0, 17, **rows),
                    _widget("log", 12, 17, **rows | {"rows": [], "unread": "not run"}),
                ],
            }
        ],
    }
