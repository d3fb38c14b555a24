"""A page that would load something from elsewhere ends the build: a reader's address is nobody's business."""

from __future__ import annotations

import re
from typing import Any

from mkdocs.exceptions import PluginError

_LOADED = re.compile(
    r"""<(?:script|img|iframe|source|video|audio|embed)\b[^>]*?\bsrc=["']?(?:https?:)?//[^>]*>"""
    r"""|<link\b(?=[^>]*\brel=["']?(?:stylesheet|preload|preconnect|icon|manifest))[^>]*?\bhref=["']?(?:https?:)?//[^>]*>""",
    re.IGNORECASE,
)
_MERMAID = re.compile(r"""<(?:pre|div)\b[^>]*\bclass=["']?[^"'>]*\bmermaid\b[^>]*>""")
"""The theme's script fetches Mermaid from elsewhere where a page has a diagram of it."""


def on_post_page(output: str, page: Any, **_: Any) -> str:
    """Look at a finished page.

    Raises:
        PluginError: If it loads anything from another host.
    """
    found = _LOADED.search(output) or _MERMAID.search(output)
    if found is not None:
        raise PluginError(f"{page.file.src_uri}: the page would load {found[0]}")
    return output
