"""``report.html``: one self-contained page."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from markupsafe import Markup

from contracts.judgement import Judgement
from reports.files import write_text
from reports.rendering import html_environment
from reports.view.page import page


def render_html(judgement: Judgement) -> str:
    """Return the page of a judgement; it loads nothing and works from ``file://``."""
    template = html_environment().get_template("report.html.jinja")
    return template.render(
        page=page(judgement), css=own_file("report.css"), js=own_file("page.js") + own_file("report.js")
    )


def write_html(judgement: Judgement, path: Path) -> None:
    """Write the page.

    Raises:
        StageproofError: If the file cannot be written.
    """
    write_text(path, render_html(judgement))


def own_file(name: str) -> Markup:
    """Return one of our own files, such as a style sheet, as it stands: it holds no value of a run."""
    return Markup(files("reports").joinpath("templates", name).read_text(encoding="utf-8"))  # noqa: S704 - our own file
