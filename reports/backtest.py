"""The page of a backtest of alarms, rendered from the document that ``alarms backtest --json`` prints."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reports.files import write_text
from reports.html import own_file
from reports.rendering import html_environment
from reports.view.backtest import backtest_page


def render_backtest(document: Mapping[str, Any]) -> str:
    """Return the page; it loads nothing and works from ``file://``."""
    template = html_environment().get_template("backtest.html.jinja")
    css = own_file("report.css") + own_file("charts.css")
    return template.render(page=backtest_page(document), css=css, js=own_file("page.js"))


def write_backtest(document: Mapping[str, Any], path: Path) -> None:
    """Write the page.

    Raises:
        StageproofError: If the file cannot be written.
    """
    write_text(path, render_backtest(document))
