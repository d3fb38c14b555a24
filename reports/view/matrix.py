"""Subjects by topics: the worst outcome of each pair."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from contracts.judgement import Judgement
from contracts.rule import TOPICS
from contracts.verdict import Outcome, Verdict
from reports.view.text import one_line

MOST_ROWS = 500

_WORST_FIRST = ("error", "warning", "note", "undetermined", "waived", "held", "not_applicable")
_SIGNS = {
    "error": "✕",
    "warning": "!",
    "note": "i",
    "undetermined": "?",
    "waived": "~",
    "held": "✓",
    "not_applicable": "\u2013",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """The worst of a subject in a topic; ``state`` is empty where no rule judged. ``count`` is of that worst."""

    topic: str
    state: str = ""
    count: int = 0

    @property
    def sign(self) -> str:
        """The mark that stands for the state."""
        return _SIGNS.get(self.state, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One subject: an operation, a resource or the stage."""

    subject: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """All subjects by the topics that were judged; ``left_out`` counts rows that are not shown."""

    topics: tuple[tuple[str, str], ...]
    rows: tuple[Row, ...]
    left_out: int = 0


def matrix(judgement: Judgement) -> Matrix:
    """Return the matrix; the stage first, then every resource with its operations."""
    cells: dict[tuple[str, str], list[Verdict]] = {}
    for verdict in judgement.verdicts:
        cells.setdefault((verdict.subject, verdict.rule[:2]), []).append(verdict)
    present = {topic for _, topic in cells}
    topics = [code for code in TOPICS if code in present] + sorted(present - set(TOPICS))
    declared = (operation.name for operation in judgement.contract.operations)
    subjects = sorted({*declared, *(subject for subject, _ in cells)}, key=_place)
    rows = [
        Row(subject=one_line(subject, 300), cells=tuple(_cell(code, cells.get((subject, code), ())) for code in topics))
        for subject in subjects[:MOST_ROWS]
    ]
    names = tuple((code, TOPICS.get(code, code)) for code in topics)
    return Matrix(topics=names, rows=tuple(rows), left_out=max(0, len(subjects) - MOST_ROWS))


def worst_state(verdict: Verdict) -> str:
    """Return a verdict's state: the severity of a broken one, else ``waived`` or its outcome."""
    if verdict.waived:
        return "waived"
    return verdict.severity.value if verdict.outcome is Outcome.BROKEN else verdict.outcome.value


def _cell(topic: str, verdicts: Iterable[Verdict]) -> Cell:
    states = [worst_state(verdict) for verdict in verdicts]
    worst = min(states, key=_WORST_FIRST.index, default="")
    return Cell(topic=topic, state=worst, count=states.count(worst) if worst else 0)


def _place(subject: str) -> tuple[bool, str, bool, str]:
    method, _, path = subject.rpartition(" ")
    return (subject != "stage", path, bool(method), method)
