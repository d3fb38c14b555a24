"""Verdicts that need no card: undetermined by the evidence they lack, waived ones, and held ones by rule."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from contracts.judgement import Judgement
from contracts.rule import TOPICS
from contracts.verdict import Outcome, Verdict
from reports.view.anchors import anchor
from reports.view.text import one_line
from reports.view.verdict_card import Labels, labels, without_card
from reports.view.words import step_title, topic_name

_MOST_SUBJECTS = 60
_MOST_LINES = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A verdict on one line."""

    anchor: str
    labels: Labels
    title: str
    step_title: str
    message: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LackingEvidence:
    """Verdicts that could not be given for one reason, with the way to get the evidence."""

    reason: str
    remedy: str
    lines: tuple[Line, ...]
    left_out: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSubjects:
    """The subjects of one rule with one outcome; ``reason`` is what the first said."""

    labels: Labels
    title: str
    reason: str
    subjects: tuple[str, ...]
    left_out: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicRules:
    """The rules of one topic."""

    topic: str
    name: str
    count: int
    rules: tuple[RuleSubjects, ...]


def lacking_evidence(judgement: Judgement) -> tuple[LackingEvidence, ...]:
    """Group the undetermined verdicts by what is missing, the largest group first."""
    groups: dict[tuple[str, str], list[Verdict]] = {}
    for verdict in _with(judgement, Outcome.UNDETERMINED):
        finding = next(iter(verdict.findings), None)
        reason = finding.message if finding else verdict.message
        groups.setdefault((reason, (finding and finding.remedy) or ""), []).append(verdict)
    shown = [
        LackingEvidence(
            reason=one_line(reason, 600),
            remedy=one_line(remedy, 600),
            lines=_lines(judgement, verdicts),
            left_out=max(0, len(verdicts) - _MOST_LINES),
        )
        for (reason, remedy), verdicts in groups.items()
    ]
    return tuple(sorted(shown, key=lambda group: -len(group.lines) - group.left_out))


def waived_lines(judgement: Judgement) -> tuple[Line, ...]:
    """Return the waived verdicts with reason and date."""
    return _lines(judgement, [verdict for verdict in judgement.verdicts if verdict.waived])


def lines_without_card(judgement: Judgement) -> tuple[Line, ...]:
    """Return the broken verdicts beyond those that have a card (at most 1,000)."""
    return _lines(judgement, without_card(judgement), most=1_000)


def by_topic(judgement: Judgement, outcome: Outcome) -> tuple[TopicRules, ...]:
    """Group the verdicts of an outcome by topic and rule."""
    rules: dict[str, list[Verdict]] = {}
    for verdict in _with(judgement, outcome):
        rules.setdefault(verdict.rule, []).append(verdict)
    codes = dict.fromkeys((*TOPICS, *sorted(code[:2] for code in rules)))
    topics = ((code, {rule: found for rule, found in rules.items() if rule[:2] == code}) for code in codes)
    return tuple(
        TopicRules(
            topic=code,
            name=topic_name(code),
            count=sum(map(len, found.values())),
            rules=tuple(_rule_subjects(judgement, verdicts) for verdicts in found.values()),
        )
        for code, found in topics
        if found
    )


def _with(judgement: Judgement, outcome: Outcome) -> list[Verdict]:
    return [verdict for verdict in judgement.verdicts if verdict.outcome is outcome and not verdict.waived]


def _rule_subjects(judgement: Judgement, verdicts: list[Verdict]) -> RuleSubjects:
    first = verdicts[0]
    return RuleSubjects(
        labels=labels(first),
        title=_title(judgement, first),
        reason=one_line(first.message, 300),
        subjects=tuple(one_line(verdict.subject, 200) for verdict in verdicts[:_MOST_SUBJECTS]),
        left_out=max(0, len(verdicts) - _MOST_SUBJECTS),
    )


def _lines(judgement: Judgement, verdicts: Iterable[Verdict], *, most: int = _MOST_LINES) -> tuple[Line, ...]:
    return tuple(_line(judgement, verdict) for verdict in list(verdicts)[:most])


def _line(judgement: Judgement, verdict: Verdict) -> Line:
    waiver = verdict.waived
    return Line(
        anchor=anchor(verdict.rule, verdict.subject),
        labels=labels(verdict),
        title=_title(judgement, verdict),
        step_title=step_title(verdict.step),
        message=one_line(verdict.message, 240),
        detail="" if waiver is None else f"{one_line(waiver.reason, 400)} (until {waiver.expires_on:%Y-%m-%d})",
    )


def _title(judgement: Judgement, verdict: Verdict) -> str:
    rule = judgement.rules.get(verdict.rule)
    return rule.title if rule else verdict.rule
