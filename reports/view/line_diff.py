"""A line diff: what was expected, what came, and inside a changed line which characters differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import pairwise

from reports.view.text import json_layout

CONTEXT_LINES = 3
_MOST_LINES = 300
_SHARED_PART = 0.3
_MOST_CHARACTERS = 8_000


class DiffKind(StrEnum):
    """What a line of a diff says."""

    SAME = "same"
    EXPECTED = "expected"
    ACTUAL = "actual"
    SKIPPED = "skipped"


SIGNS = {DiffKind.SAME: " ", DiffKind.EXPECTED: "-", DiffKind.ACTUAL: "+", DiffKind.SKIPPED: "⋯"}


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffLine:
    """A line; ``changed`` is the part that differs from its counterpart, between ``before`` and ``after``."""

    kind: DiffKind
    before: str = ""
    changed: str = ""
    after: str = ""

    @property
    def sign(self) -> str:
        """The mark at the beginning of the line."""
        return SIGNS[self.kind]


def line_diff(expected: str, actual: str) -> tuple[DiffLine, ...]:
    """Compare two texts line by line; equal stretches are shortened to three lines of context."""
    left, right = _lines(expected, actual)
    lines: list[DiffLine] = []
    opcodes = SequenceMatcher(None, left, right, autojunk=False).get_opcodes()
    for index, (tag, left_from, left_to, right_from, right_to) in enumerate(opcodes):
        if tag == "equal":
            first, last = index == 0, index == len(opcodes) - 1
            lines.extend(_context(left[left_from:left_to], first=first, last=last))
        else:
            lines.extend(_change(left[left_from:left_to], right[right_from:right_to]))
    return tuple(lines)


def _lines(expected: str, actual: str) -> tuple[list[str], list[str]]:
    laid_out = json_layout(expected), json_layout(actual)
    texts = laid_out if all(laid_out) else (expected, actual)
    left, right = ((text or "")[:_MOST_CHARACTERS].split("\n")[:_MOST_LINES] for text in texts)
    return left, right


def _context(lines: Sequence[str], *, first: bool, last: bool) -> Iterator[DiffLine]:
    head = 0 if first else CONTEXT_LINES
    tail = 0 if last else CONTEXT_LINES
    if (first and last) or len(lines) <= head + tail + 1:
        yield from (DiffLine(kind=DiffKind.SAME, before=line) for line in lines)
        return
    yield from (DiffLine(kind=DiffKind.SAME, before=line) for line in lines[:head])
    yield DiffLine(kind=DiffKind.SKIPPED, before=f"{len(lines) - head - tail} equal lines")
    yield from (DiffLine(kind=DiffKind.SAME, before=line) for line in lines[len(lines) - tail :])


def _change(left: Sequence[str], right: Sequence[str]) -> Iterator[DiffLine]:
    paired = min(len(left), len(right))
    marks = [_difference(left[index], right[index]) for index in range(paired)]
    for lines, kind, side in ((left, DiffKind.EXPECTED, 0), (right, DiffKind.ACTUAL, 1)):
        for index, line in enumerate(lines):
            start, ends = marks[index] if index < paired else (0, (0, 0))
            before, changed, after = (line[a:b] for a, b in pairwise((0, start, ends[side], len(line))))
            yield DiffLine(kind=kind, before=before, changed=changed, after=after)


def _difference(left: str, right: str) -> tuple[int, tuple[int, int]]:
    """Return where two lines begin to differ, and where each ceases to; lines that share little differ as a whole."""
    start = _shared(left, right)
    tail = _shared(left[start:][::-1], right[start:][::-1])
    if start + tail < _SHARED_PART * max(len(left), len(right)):
        return 0, (0, 0)
    return start, (len(left) - tail, len(right) - tail)


def _shared(left: str, right: str) -> int:
    """Return how many characters two texts share at their beginning."""
    pairs = enumerate(zip(left, right, strict=False))
    return next((place for place, (one, other) in pairs if one != other), min(len(left), len(right)))
