"""The broken verdicts at a glance: step, operation, what is wrong, who answered, whether the backend was reached."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reports.view.text import one_line
from reports.view.verdict_card import StepCards, VerdictCard
from reports.view.words import reached_words

MOST_ROWS = 25
_MESSAGE_CHARACTERS = 160
_REACHED = {"": "", "yes": reached_words(True), "no": reached_words(False), "unknown": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class GlanceRow:
    """One broken verdict on one line; ``begins_step`` where it is the first of its step."""

    anchor: str
    step_title: str
    begins_step: bool
    severity: str
    rule: str
    subject: str
    message: str
    answered_by: str
    reached_backend: str
    is_reached: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """The first rows; ``left_out`` counts the broken verdicts that have none."""

    rows: tuple[GlanceRow, ...]
    left_out: int = 0


def glance(steps: Sequence[StepCards], broken_count: int) -> Glance:
    """Return a row for each card, by step."""
    rows = [_row(card, begins_step=place == 0) for step in steps for place, card in enumerate(step.cards)]
    return Glance(rows=tuple(rows[:MOST_ROWS]), left_out=broken_count - min(len(rows), MOST_ROWS))


def _row(card: VerdictCard, *, begins_step: bool) -> GlanceRow:
    return GlanceRow(
        anchor=card.anchor,
        step_title=card.step_title,
        begins_step=begins_step,
        severity=card.labels.severity,
        rule=card.labels.rule,
        subject=card.labels.subject,
        message=one_line(card.message, _MESSAGE_CHARACTERS),
        answered_by=card.answered_by,
        is_reached=card.reached_backend == "yes",
        reached_backend=_REACHED.get(card.reached_backend, f"{reached_words(True)} in part"),
    )
