"""``summary.md``: the result for the summary of a CI job."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from contracts.judgement import Judgement
from reports.files import write_text
from reports.rendering import markdown_environment
from reports.view.completeness import EvidenceView, evidence_view
from reports.view.groups import LackingEvidence, lacking_evidence
from reports.view.run_facts import RunFacts, run_facts
from reports.view.since import SinceView, since_view
from reports.view.text import one_line
from reports.view.verdict_card import in_reading_order
from reports.view.words import reached_words, step_title

_MOST_ROWS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenRow:
    """One row of the table of broken verdicts."""

    severity: str
    rule: str
    title: str
    subject: str
    step: str
    message: str
    answered_by: str
    reached_backend: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryView:
    """What the summary shows."""

    run: RunFacts
    since: SinceView | None
    rows: tuple[BrokenRow, ...]
    left_out: int
    undetermined: tuple[LackingEvidence, ...]
    evidence: EvidenceView


def summary_view(judgement: Judgement) -> SummaryView:
    """Make the view of a summary: at most 50 broken verdicts, by step."""
    shown = in_reading_order(judgement.broken[:_MOST_ROWS])
    rows = tuple(
        BrokenRow(
            severity=verdict.severity.value,
            rule=verdict.rule,
            title=judgement.rules[verdict.rule].title if verdict.rule in judgement.rules else "",
            subject=one_line(verdict.subject, 120),
            step=step_title(verdict.step),
            message=one_line(verdict.message, 200),
            answered_by=one_line(", ".join(verdict.answered_by), 80),
            reached_backend=reached_words(verdict.reached_backend),
        )
        for verdict in shown
    )
    return SummaryView(
        run=run_facts(judgement),
        since=since_view(judgement),
        rows=rows,
        left_out=max(0, len(judgement.broken) - _MOST_ROWS),
        undetermined=lacking_evidence(judgement)[:10],
        evidence=evidence_view(judgement),
    )


def render_summary(judgement: Judgement) -> str:
    """Return the Markdown of a judgement."""
    return markdown_environment().get_template("summary.md.jinja").render(view=summary_view(judgement))


def write_summary(judgement: Judgement, path: Path) -> None:
    """Write ``summary.md``.

    Raises:
        StageproofError: If the file cannot be written.
    """
    write_text(path, render_summary(judgement))
