"""A small, safe subset of Markdown as data: headings, paragraphs, list items; bold, italics, code, links to the web.

Everything else stays text. Templates escape it, so that nothing a text holds is read as markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_HEADING = re.compile(r"(#{1,6})\s+(.*)")
_ITEM = re.compile(r"[-*+]\s+(.*)")
_SPAN = re.compile(
    r"\[(?P<title>[^\]\[]+)\]\((?P<url>https?://[^\s()<>\"']+)\)"
    r"|`(?P<code>[^`]+)`"
    r"|\*\*(?P<strong>[^*]+)\*\*"
    r"|\*(?P<em>[^*\s][^*]*)\*"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A piece of a line. ``kind`` is ``text``, ``link``, ``code``, ``strong`` or ``em``."""

    text: str
    kind: str = "text"
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A line. ``kind`` is ``h1`` to ``h6``, ``li`` or ``p``."""

    kind: str
    spans: tuple[Span, ...]


def blocks(markdown: str) -> tuple[Block, ...]:
    """Return the lines of a text that are not empty."""
    return tuple(_block(line.strip()) for line in markdown.splitlines() if line.strip())


def _block(line: str) -> Block:
    heading, item = _HEADING.fullmatch(line), _ITEM.fullmatch(line)
    if heading:
        return Block(kind=f"h{len(heading[1])}", spans=tuple(_spans(heading[2])))
    if item:
        return Block(kind="li", spans=tuple(_spans(item[1])))
    return Block(kind="p", spans=tuple(_spans(line)))


def _spans(text: str) -> Iterator[Span]:
    done = 0
    for found in _SPAN.finditer(text):
        if found.start() > done:
            yield Span(text=text[done : found.start()])
        kind = str(found.lastgroup)
        if kind == "url":
            yield Span(text=found["title"], kind="link", url=found["url"])
        else:
            yield Span(text=found[kind], kind=kind)
        done = found.end()
    if done < len(text):
        yield Span(text=text[done:])
