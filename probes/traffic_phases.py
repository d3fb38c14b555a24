"""The phases of property-based traffic and what came of them; light, so that the parent need not load the engine."""

from __future__ import annotations

from dataclasses import dataclass

FUZZING = "fuzzing"
STATEFUL = "stateful"
TIME_IS_SPENT = "the time budget is spent"
UNIT_PHASES = ("examples", "coverage", FUZZING)


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """How the engine generates and sends."""

    base_url: str
    modes: tuple[str, ...]
    max_examples: int
    request_timeout_s: float
    destructive_traffic: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseOutcome:
    """What one phase asked for of one operation, and what was sent.

    Where a phase did not come to its end, ``requested`` is the least that is known and ``reason`` says why it ended.
    """

    operation: str
    phase: str
    requested: int
    sent: int
    is_complete: bool
    reason: str | None = None
