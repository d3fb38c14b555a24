"""The template environments: everything that goes into a page is made visible, then escaped for its format."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from reports.view.text import visible

_MARKDOWN_ESCAPED = re.compile(r"[\\`*_\[\]|~]|^(?:[-+=]|\d+(?=[.)]))")
_MARKDOWN_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "&#64;", "$": "&#36;", "#": "&#35;"}


@cache
def html_environment() -> Environment:
    """Return the environment for HTML: autoescape on, control characters made visible."""
    return _environment(escape_html=True, finalize=_visible)


@cache
def markdown_environment() -> Environment:
    """Return the environment for Markdown: every value is escaped."""
    return _environment(escape_html=False, finalize=_markdown)


def markdown(text: str) -> str:
    """Escape a text for one line of Markdown: no markup, no HTML, no link, no mention."""
    flat = " ".join(visible(text).split())
    escaped = _MARKDOWN_ESCAPED.sub(_backslashed, flat)
    entities = "".join(_MARKDOWN_ENTITIES.get(character, character) for character in escaped)
    return entities.replace("://", "&#58;//").replace("www.", "www&#46;")


def _backslashed(match: re.Match[str]) -> str:
    return f"{match[0]}\\" if match[0].isdigit() else f"\\{match[0]}"


def _environment(*, escape_html: bool, finalize: Any) -> Environment:
    return Environment(
        loader=PackageLoader("reports", "templates"),
        autoescape=escape_html,  # noqa: S701 - Markdown has an escape of its own, in finalize
        finalize=finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _visible(value: Any) -> Any:
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _markdown(value: Any) -> Any:
    return markdown(value) if isinstance(value, str) and not isinstance(value, Markup) else value
