"""How whole the evidence is: what was asked for, what was found, what is missing and why."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.evidence import Completeness, Present
from contracts.judgement import Judgement
from reports.view.text import one_line

KINDS = ("executions", "access_entries", "traces")
"""The kinds of evidence that are looked for once a request."""

_WHERE = {"executions": "execution", "access_entries": "access_entry", "traces": "trace"}
_KIND_NAMES = {
    "executions": "Execution logs",
    "access_entries": "Access log entries",
    "traces": "Traces",
    "metrics": "Metrics",
    "exchanges": "Requests sent",
}
_MOST_IDS = 10
_MOST_OPERATIONS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of evidence. ``percent`` is rounded down: 100 means whole."""

    name: str
    found: int
    expected: int
    percent: int
    missing: tuple[str, ...] = ()
    reason: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationTraffic:
    """How many examples of an operation were asked for and sent."""

    operation: str
    requested: int
    sent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceView:
    """All kinds, and the traffic by operation; ``whole`` says that nothing is missing."""

    kinds: tuple[Kind, ...]
    operations: tuple[OperationTraffic, ...]
    whole: bool


def evidence_view(judgement: Judgement) -> EvidenceView:
    """Show how whole the evidence of a judgement is."""
    found = {kind: completeness_of(judgement, kind) for kind in KINDS}
    found |= {kind: item for kind, item in judgement.completeness.items() if kind not in KINDS}
    kinds = (_sent(judgement), *(_kind(kind, item) for kind, item in found.items() if kind != "exchanges"))
    operations = operation_traffic(judgement)[:_MOST_OPERATIONS]
    return EvidenceView(kinds=kinds, operations=operations, whole=all(kind.found >= kind.expected for kind in kinds))


def completeness_of(judgement: Judgement, kind: str) -> Completeness:
    """Return the collector's own account of a kind; without one, count what was joined."""
    told = judgement.completeness.get(kind)
    if told is not None:
        return told
    absent = [
        transaction.exchange.exchange_id
        for transaction in judgement.transactions
        if not isinstance(getattr(transaction, _WHERE[kind]), Present)
    ]
    expected = len(judgement.transactions)
    return Completeness(expected=expected, found=expected - len(absent), missing=tuple(absent))


def operation_traffic(judgement: Judgement) -> tuple[OperationTraffic, ...]:
    """Return requested and sent examples by operation, sorted by name."""
    requested, sent = judgement.manifest.requested, judgement.manifest.sent
    return tuple(
        OperationTraffic(operation=name, requested=requested.get(name, 0), sent=sent.get(name, 0))
        for name in sorted({*requested, *sent})
    )


def _sent(judgement: Judgement) -> Kind:
    traffic = operation_traffic(judgement)
    expected, found = sum(item.requested for item in traffic), sum(item.sent for item in traffic)
    short = [item.operation for item in traffic if item.sent < item.requested]
    told = judgement.completeness.get("exchanges", Completeness(expected=expected, found=found))
    return Kind(
        name="Examples sent",
        found=found,
        expected=expected,
        percent=_percent(found, expected),
        missing=tuple(one_line(name, 200) for name in short[:_MOST_IDS]),
        reason=one_line(told.reason or "", 400),
        remedy=one_line(told.remedy or "", 400),
    )


def _kind(kind: str, item: Completeness) -> Kind:
    return Kind(
        name=_KIND_NAMES.get(kind, kind.replace("_", " ").capitalize()),
        found=item.found,
        expected=item.expected,
        percent=_percent(item.found, item.expected),
        missing=tuple(one_line(name, 200) for name in item.missing[:_MOST_IDS]),
        reason=one_line(item.reason or "", 400),
        remedy=one_line(item.remedy or "", 400),
    )


def _percent(found: int, expected: int) -> int:
    return 100 if expected <= 0 else min(100, 100 * found // expected)
