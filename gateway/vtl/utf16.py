"""Strings as Java has them: of UTF-16 units, two for each character beyond the basic plane."""

import re
from collections.abc import Callable
from typing import Any

BLANKS = "".join(map(chr, range(33)))
"""What Java's `trim` takes away."""

_WIDE = re.compile("[\U00010000-\U0010ffff]")
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")


def is_wide(text: str) -> bool:
    """Whether a text holds characters of two units."""
    return not text.isascii() and _WIDE.search(text) is not None


def units(text: str) -> str:
    """A text with each unit as one character."""
    if not is_wide(text):
        return text
    return "".join(map(chr, memoryview(text.encode("utf-16-le", "surrogatepass")).cast("H")))


def joined(text: str) -> str:
    """A text with pairs of units as the one character that they are; a unit that stands alone stays."""
    if text.isascii() or _PAIR.search(text) is None:
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def in_units(function: Callable[..., Any]) -> Callable[..., Any]:
    """A method of strings that counts units."""

    def counting(text: str, *arguments: Any) -> Any:
        if not is_wide(text):
            return function(text, *arguments)
        result = function(units(text), *(units(a) if a.__class__ is str else a for a in arguments))
        return joined(result) if result.__class__ is str else result

    return counting
