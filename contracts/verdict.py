"""What a rule says: findings about one thing, gathered into verdicts about a subject."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from contracts.evidence import Exchange, Missing, Transaction


class Outcome(StrEnum):
    """The four answers of a rule."""

    HELD = "held"
    BROKEN = "broken"
    NOT_APPLICABLE = "not_applicable"
    UNDETERMINED = "undetermined"


class Severity(StrEnum):
    """How much harm a broken rule does: breaks clients or leaks, will do so, or is hygiene."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Step(StrEnum):
    """Where in the way of a request a verdict belongs: the four steps, and what lies around them."""

    ROUTING = "routing"
    METHOD_REQUEST = "method_request"
    INTEGRATION_REQUEST = "integration_request"
    BACKEND = "backend"
    INTEGRATION_RESPONSE = "integration_response"
    METHOD_RESPONSE = "method_response"
    GATEWAY_RESPONSE = "gateway_response"
    STAGE = "stage"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """An expected and an actual text, for a diff; ``inputs`` name what went in (template, body, parameters)."""

    what: str
    expected: str
    actual: str
    inputs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a rule says of one thing it looked at. ``evidence`` holds exchange ids.

    ``operation``, ``answered_by`` and ``reached_backend`` are about the first of these exchanges: which operation it
    addressed, who answered, and whether the backend was called (None: nothing that was read can tell). Where a rule
    leaves them out they are read off the evidence when verdicts are made.
    """

    outcome: Outcome
    message: str
    evidence: tuple[str, ...] = ()
    comparison: Comparison | None = None
    remedy: str | None = None
    subject: str | None = None
    operation: str | None = None
    answered_by: str | None = None
    reached_backend: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """A broken rule that is accepted until a date. ``subject`` may hold ``*`` as in file names."""

    rule: str
    subject: str
    reason: str
    expires_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a rule says of a subject (an operation, a resource, the stage), over all that was observed of it.

    ``counts`` says how many things were held, broken, undetermined and not applicable. ``findings`` keeps the first
    broken (or undetermined) findings with their proof; ``evidence`` the ids of the exchanges that prove the outcome.

    ``operations`` and ``answered_by`` say of all that was broken (or undetermined), each once, which operations were
    addressed and who answered; ``reached_backend`` whether any of it came to the backend (None: that cannot be told).
    All three are empty where no exchange proves the outcome.
    """

    rule: str
    severity: Severity
    step: Step
    subject: str
    outcome: Outcome
    message: str
    failure_modes: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    counts: tuple[tuple[Outcome, int], ...] = ()
    findings: tuple[Finding, ...] = field(default=())
    operations: tuple[str, ...] = ()
    answered_by: tuple[str, ...] = ()
    reached_backend: bool | None = None
    waived: Waiver | None = None


def held(message: str, *, evidence: Exchange | Transaction | None = None) -> Finding:
    """Say that the healthy condition was seen."""
    return Finding(outcome=Outcome.HELD, message=message, evidence=_ids(evidence))


def broken(
    message: str,
    *,
    evidence: Exchange | Transaction | None = None,
    comparison: Comparison | None = None,
    answered_by: str | None = None,
    reached_backend: bool | None = None,
) -> Finding:
    """Say that the healthy condition does not hold, with the proof."""
    return Finding(
        outcome=Outcome.BROKEN,
        message=message,
        evidence=_ids(evidence),
        comparison=comparison,
        answered_by=answered_by,
        reached_backend=reached_backend,
    )


def not_applicable(message: str) -> Finding:
    """Say that the rule has nothing to judge here."""
    return Finding(outcome=Outcome.NOT_APPLICABLE, message=message)


def undetermined(missing: Missing | str, *, evidence: Exchange | Transaction | None = None) -> Finding:
    """Say that the evidence could not be read, which, and how to get it."""
    if isinstance(missing, str):
        return Finding(outcome=Outcome.UNDETERMINED, message=missing, evidence=_ids(evidence))
    return Finding(outcome=Outcome.UNDETERMINED, message=missing.reason, evidence=_ids(evidence), remedy=missing.remedy)


def _ids(evidence: Exchange | Transaction | None) -> tuple[str, ...]:
    if evidence is None:
        return ()
    exchange = evidence.exchange if isinstance(evidence, Transaction) else evidence
    return (exchange.exchange_id,)
