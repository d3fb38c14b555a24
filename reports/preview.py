"""The page that previews dashboards, rendered from the document that ``dashboards preview --json`` prints."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reports.files import write_text
from reports.html import own_file
from reports.rendering import html_environment
from reports.view.preview import preview_page


def render_preview(document: Mapping[str, Any]) -> str:
    """Return the page; it loads nothing and works from ``file://``."""
    template = html_environment().get_template("preview.html.jinja")
    css = own_file("report.css") + own_file("charts.css") + own_file("preview.css")
    return template.render(page=preview_page(document), css=css, js=own_file("page.js"))


def write_preview(document: Mapping[str, Any], path: Path) -> None:
    """Write the page.

    Raises:
        StageproofError: If the file cannot be written.
    """
    write_text(path, render_preview(document))
