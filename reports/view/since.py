"""What moved since an earlier night, for reading."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.baseline import NOT_JUDGED, Moved, Movement
from contracts.judgement import Judgement
from reports.view.anchors import anchor
from reports.view.text import one_line
from reports.view.verdict_card import with_card

_MOST_ROWS = 200

_TITLES = {
    Movement.NEWLY_BROKEN: ("Newly broken", "newly broken"),
    Movement.MENDED: ("Mended", "mended"),
    Movement.STILL_BROKEN: ("Still broken", "still broken"),
    Movement.UNSETTLED: ("Was broken, and not proved to hold tonight", "unsettled"),
}
"""Of each movement: the title of its list, and its word in a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedRow:
    """A rule and its subject; ``before`` and ``now`` are words for people. ``anchor`` is of its card, if it has one."""

    rule: str
    title: str
    subject: str
    before: str
    now: str
    anchor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedGroup:
    """What moved in one way."""

    movement: str
    title: str
    count: int
    rows: tuple[MovedRow, ...]
    left_out: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SinceView:
    """The section about an earlier night: ``sentence`` counts, ``groups`` list what moved."""

    sentence: str
    baseline: str
    groups: tuple[MovedGroup, ...]


def since_view(judgement: Judgement) -> SinceView | None:
    """Make the section; None where no earlier night was given."""
    since = judgement.since
    if since is None:
        return None
    baseline = since.baseline
    return SinceView(
        sentence=since_sentence(judgement),
        baseline=one_line(f"{baseline.run_id}, stage {baseline.stage}, {baseline.started_at}", 200),
        groups=tuple(_group(judgement, movement, since.of(movement)) for movement in Movement if since.of(movement)),
    )


def since_sentence(judgement: Judgement) -> str:
    """Count what moved: ``1 newly broken, 2 mended, 4 still broken``; empty where no earlier night was given."""
    since = judgement.since
    if since is None:
        return ""
    told = (Movement.NEWLY_BROKEN, Movement.MENDED, Movement.STILL_BROKEN)
    shown = [movement for movement in Movement if movement in told or since.of(movement)]
    return ", ".join(f"{len(since.of(movement)):,} {_TITLES[movement][1]}" for movement in shown)


def _group(judgement: Judgement, movement: Movement, moved: tuple[Moved, ...]) -> MovedGroup:
    cards = {(verdict.rule, verdict.subject) for verdict in with_card(judgement)}
    return MovedGroup(
        movement=movement.value,
        title=_TITLES[movement][0],
        count=len(moved),
        rows=tuple(_row(judgement, item, cards) for item in moved[:_MOST_ROWS]),
        left_out=max(0, len(moved) - _MOST_ROWS),
    )


def _row(judgement: Judgement, item: Moved, cards: set[tuple[str, str]]) -> MovedRow:
    rule = judgement.rules.get(item.rule)
    return MovedRow(
        rule=one_line(item.rule, 40),
        title=rule.title if rule else "",
        subject=one_line(item.subject, 200),
        before=_word(item.before),
        now=_word(item.now),
        anchor=anchor(item.rule, item.subject) if (item.rule, item.subject) in cards else "",
    )


def _word(state: str) -> str:
    return "not judged" if state == NOT_JUDGED else one_line(state.replace("_", " "), 40)
