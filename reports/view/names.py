"""Names in lists: what they all begin with says nothing there."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile


def common_prefix(names: Sequence[str]) -> str:
    """Return what the names of several things begin with, up to a hyphen: it says nothing in a list of them."""
    if len(names) <= 1:
        return ""
    first, last = min(names), max(names)
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False)))
    return first[: first.rfind("-", 0, same) + 1]
