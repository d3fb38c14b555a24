"""Text of unknown origin made showable: control characters visible, long text clipped, bytes as text."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

BODY_CHARACTERS = 4_000
_HEX_BYTES = 256
_LAYOUT_CHARACTERS = 20_000
_LINE_CHARACTERS = 72
_ONE_FOLD_UP = 0x2400
_SPACE = 0x20
_UNSHOWABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownText:
    """A text as it is shown. ``note`` says what was done to it (clipped, laid out), empty where nothing was."""

    text: str
    note: str = ""


def visible(text: str) -> str:
    """Return a text in which every control, bidirectional and unpaired character can be seen; new lines stay."""
    return _UNSHOWABLE.sub(_name, text)


def _name(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < _SPACE:
        return chr(_ONE_FOLD_UP + code)
    if code == 0x7F:  # noqa: PLR2004 - DELETE has its own picture
        return "\u2421"
    return f"\u27e8U+{code:04X}\u27e9"


def clipped(text: str, limit: int) -> ShownText:
    """Return at most ``limit`` characters of a text, with a note of how many are left out."""
    if len(text) <= limit:
        return ShownText(text=text)
    return ShownText(text=text[:limit], note=f"{len(text) - limit:,} more characters")


def one_line(text: str, limit: int) -> str:
    """Return a text on one line and no longer than ``limit`` characters."""
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"


def body_text(body: bytes) -> ShownText:
    """Return a body for reading: JSON laid out where only white space changes, bytes that are no text as hex."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return _hex(body)
    if "\x00" in text:
        return _hex(body)
    laid_out = json_layout(text)
    if laid_out is None:
        return clipped(text, BODY_CHARACTERS)
    shown = clipped(laid_out, BODY_CHARACTERS)
    return ShownText(text=shown.text, note="; ".join(filter(None, ("laid out for reading", shown.note))))


def json_layout(text: str) -> str | None:
    """Lay out JSON that stands on one long line; None where that would change more than white space."""
    if not _LINE_CHARACTERS < len(text) <= _LAYOUT_CHARACTERS or "\n" in text or text[:1] not in "{[":
        return None
    try:
        value = json.loads(text)
        for ascii_only in (False, True):
            for separators in ((",", ":"), (", ", ": ")):
                if json.dumps(value, ensure_ascii=ascii_only, separators=separators) == text:
                    return json.dumps(value, ensure_ascii=ascii_only, indent=2)
    except (ValueError, RecursionError):
        return None
    return None


def _hex(body: bytes) -> ShownText:
    rows = (body[start : start + 16].hex(" ") for start in range(0, min(len(body), _HEX_BYTES), 16))
    return ShownText(text="\n".join(rows), note=f"binary, {len(body):,} bytes; the first {_HEX_BYTES} as hex")
