"""A broken or undetermined verdict as a card: what is wrong, where, why it matters, the mend and the proof."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from contracts.judgement import Judgement
from contracts.verdict import Outcome, Step, Verdict
from reports.view.anchors import anchor
from reports.view.proof import Proof, in_short, proof
from reports.view.text import one_line
from reports.view.words import OUTCOME_NAMES, SEVERITY_ORDER, STEP_NAMES, STEP_NUMBERS, step_title, topic_name

PROOFS_SHOWN = 3
"""How many proofs a card shows in full."""

_MOST_OPERATIONS = 5

MOST_CARDS = 300
"""How many broken verdicts have a card; more stand in a table."""

MOST_CHARACTERS = 2_000_000
"""How much all proofs may take together, so that the page stays below five megabytes."""

_PATH = (
    Step.ROUTING,
    Step.METHOD_REQUEST,
    Step.INTEGRATION_REQUEST,
    Step.BACKEND,
    Step.INTEGRATION_RESPONSE,
    Step.METHOD_RESPONSE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PathStep:
    """One step in the small path of a card; ``here`` marks the one that broke."""

    name: str
    number: int | None
    here: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """What a thing on the page is filtered by."""

    rule: str
    severity: str
    step: str
    topic: str
    subject: str
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictCard:
    """A broken verdict."""

    anchor: str
    labels: Labels
    title: str
    topic_name: str
    step_title: str
    path: tuple[PathStep, ...]
    message: str
    counts: str
    operations: str
    answered_by: str
    reached_backend: str
    why: str
    fix: str
    source_url: str
    failure_modes: tuple[str, ...]
    proofs: tuple[Proof, ...]
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCards:
    """The cards of one step."""

    step: str
    title: str
    cards: tuple[VerdictCard, ...]


def step_cards(judgement: Judgement) -> tuple[StepCards, ...]:
    """Return a card for each broken verdict (the first 300), by step in the order of the pipeline."""
    ordered = in_reading_order(with_card(judgement))
    proofs = _within_budget(ordered, judgement)
    cards = [card(verdict, judgement, shown) for verdict, shown in zip(ordered, proofs, strict=True)]
    by_step = {step: tuple(item for item in cards if item.labels.step == step.value) for step in STEP_NAMES}
    return tuple(
        StepCards(step=step.value, title=step_title(step), cards=found) for step, found in by_step.items() if found
    )


def with_card(judgement: Judgement) -> tuple[Verdict, ...]:
    """Return the broken verdicts that have a card."""
    return judgement.broken[:MOST_CARDS]


def without_card(judgement: Judgement) -> tuple[Verdict, ...]:
    """Return the broken verdicts that have no card."""
    return judgement.broken[MOST_CARDS:]


def in_reading_order(verdicts: Iterable[Verdict]) -> tuple[Verdict, ...]:
    """Sort verdicts by step, then severity, rule and subject."""
    steps = list(STEP_NAMES)
    return tuple(
        sorted(
            verdicts,
            key=lambda item: (steps.index(item.step), SEVERITY_ORDER.index(item.severity), item.rule, item.subject),
        )
    )


def card(verdict: Verdict, judgement: Judgement, proofs: tuple[Proof, ...] | None = None) -> VerdictCard:
    """Return the card of one verdict, with its first three proofs where none are given."""
    rule = judgement.rules.get(verdict.rule)
    proofs = _within_budget((verdict,), judgement)[0] if proofs is None else proofs
    return VerdictCard(
        anchor=anchor(verdict.rule, verdict.subject),
        labels=labels(verdict),
        title=rule.title if rule else verdict.rule,
        topic_name=topic_name(verdict.rule),
        step_title=step_title(verdict.step),
        path=path_of(verdict.step),
        message=one_line(verdict.message, 1_000),
        counts=counts_text(verdict),
        operations=_other_operations(verdict),
        answered_by=_joined(verdict.answered_by or (item.answered_by for item in proofs)),
        reached_backend=_joined(item.reached_backend for item in proofs),
        why=rule.why if rule else "",
        fix=rule.fix if rule else "",
        source_url=safe_url(rule.source_url if rule else ""),
        failure_modes=verdict.failure_modes,
        proofs=proofs,
        evidence=verdict.evidence[:20],
    )


def labels(verdict: Verdict) -> Labels:
    """Return what a verdict is filtered by."""
    return Labels(
        rule=verdict.rule,
        severity=verdict.severity.value,
        step=verdict.step.value,
        topic=verdict.rule[:2],
        subject=one_line(verdict.subject, 300),
        outcome="waived" if verdict.waived else verdict.outcome.value,
    )


def path_of(step: Step) -> tuple[PathStep, ...]:
    """Return the way of a request with the step marked; what lies beside the way stands alone."""
    steps = _PATH if step in _PATH else (step,)
    return tuple(PathStep(name=STEP_NAMES[item], number=STEP_NUMBERS.get(item), here=item is step) for item in steps)


def counts_text(verdict: Verdict) -> str:
    """Return how many things were looked at: ``12 broken, 40 held``; nothing for a single one."""
    shown = [(outcome, count) for outcome, count in verdict.counts if outcome is not Outcome.NOT_APPLICABLE]
    if sum(count for _, count in shown) <= 1:
        return ""
    return ", ".join(f"{count:,} {OUTCOME_NAMES[outcome]}" for outcome, count in shown)


def safe_url(url: str) -> str:
    """Return a URL that may stand in a link, else nothing."""
    return url if url.startswith(("https://", "http://")) else ""


def _within_budget(verdicts: Sequence[Verdict], judgement: Judgement) -> list[tuple[Proof, ...]]:
    """Give every verdict its first proof, then the second ones and the third, until all together grow too large."""
    proofs: dict[tuple[int, int], Proof] = {}
    spent = 0
    for place in range(PROOFS_SHOWN):
        for index, verdict in enumerate(verdicts):
            if place >= len(verdict.findings):
                continue
            full = _proof(verdict, place, judgement) if spent <= MOST_CHARACTERS else None
            spent += full.size if full else 0
            fits = full is not None and spent <= MOST_CHARACTERS
            proofs[index, place] = full if full and fits else in_short(verdict.findings[place], too_large=True)
    return [_proofs_of(index, verdict, proofs) for index, verdict in enumerate(verdicts)]


def _proofs_of(index: int, verdict: Verdict, proofs: Mapping[tuple[int, int], Proof]) -> tuple[Proof, ...]:
    return tuple(proofs.get((index, place)) or in_short(finding) for place, finding in enumerate(verdict.findings))


def _proof(verdict: Verdict, place: int, judgement: Judgement) -> Proof:
    finding = verdict.findings[place]
    known = (judgement.by_exchange_id.get(exchange_id) for exchange_id in finding.evidence)
    return proof(finding, next(filter(None, known), None), verdict.step)


def _other_operations(verdict: Verdict) -> str:
    """Return the operations that a verdict about something else is proved by."""
    if verdict.operations == (verdict.subject,):
        return ""
    shown = ", ".join(one_line(operation, 120) for operation in verdict.operations[:_MOST_OPERATIONS])
    return f"{shown}, …" if len(verdict.operations) > _MOST_OPERATIONS else shown


def _joined(words: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(word for word in words if word))
