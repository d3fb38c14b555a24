"""The whole page as one view."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.judgement import Judgement
from contracts.rule import TOPICS
from contracts.verdict import Outcome
from reports.view.completeness import EvidenceView, evidence_view
from reports.view.glance import Glance, glance
from reports.view.groups import (
    LackingEvidence,
    Line,
    TopicRules,
    by_topic,
    lacking_evidence,
    lines_without_card,
    waived_lines,
)
from reports.view.latency import LatencyView, latency_view
from reports.view.matrix import Matrix, matrix
from reports.view.pipeline import Pipeline, pipelines
from reports.view.run_facts import RunFacts, run_facts
from reports.view.since import SinceView, since_view
from reports.view.text import ShownText, clipped
from reports.view.verdict_card import StepCards, step_cards
from reports.view.words import OUTCOME_NAMES, SEVERITY_ORDER, STEP_NAMES, step_title


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a filter offers: a name, and pairs of value and text."""

    name: str
    label: str
    options: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A rule that raised: our fault."""

    rule: str
    subject: str
    details: ShownText


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Everything that report.html shows."""

    run: RunFacts
    since: SinceView | None
    pipelines: tuple[Pipeline, Pipeline]
    glance: Glance
    matrix: Matrix
    choices: tuple[Choice, ...]
    broken: tuple[StepCards, ...]
    broken_count: int
    more_broken: tuple[Line, ...]
    undetermined: tuple[LackingEvidence, ...]
    waived: tuple[Line, ...]
    held: tuple[TopicRules, ...]
    not_applicable: tuple[TopicRules, ...]
    evidence: EvidenceView
    latency: LatencyView
    faults: tuple[Fault, ...]


def page(judgement: Judgement) -> Page:
    """Make the view of a judgement."""
    table, broken = matrix(judgement), step_cards(judgement)
    return Page(
        run=run_facts(judgement),
        since=since_view(judgement),
        pipelines=pipelines(judgement),
        glance=glance(broken, len(judgement.broken)),
        matrix=table,
        choices=_choices(table),
        broken=broken,
        broken_count=len(judgement.broken),
        more_broken=lines_without_card(judgement),
        undetermined=lacking_evidence(judgement),
        waived=waived_lines(judgement),
        held=by_topic(judgement, Outcome.HELD),
        not_applicable=by_topic(judgement, Outcome.NOT_APPLICABLE),
        evidence=evidence_view(judgement),
        latency=latency_view(judgement),
        faults=tuple(
            Fault(rule=error.rule, subject=error.subject, details=clipped(error.details, 4_000))
            for error in judgement.internal_errors[:50]
        ),
    )


def _choices(table: Matrix) -> tuple[Choice, ...]:
    subjects = tuple((row.subject, row.subject) for row in table.rows)
    outcomes = (*((outcome.value, name) for outcome, name in OUTCOME_NAMES.items()), ("waived", "waived"))
    return (
        Choice(name="outcome", label="Outcome", options=outcomes),
        Choice(name="severity", label="Severity", options=tuple((item.value, item.value) for item in SEVERITY_ORDER)),
        Choice(name="step", label="Step", options=tuple((step.value, step_title(step)) for step in STEP_NAMES)),
        Choice(name="topic", label="Topic", options=tuple((code, TOPICS.get(code, code)) for code, _ in table.topics)),
        Choice(name="subject", label="Operation", options=subjects),
    )
