"""What a probe tells while it works, for a progress bar or a line in a CI log."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a night is.

    ``phase`` names the part of the night (``traffic``), ``operation`` what was just worked on. ``done`` of ``total``
    are operations for the traffic, else requests or things collected. ``eta_s`` is None while nothing can be said.
    """

    phase: str
    operation: str = ""
    done: int = 0
    total: int = 0
    requests: int = 0
    failures: int = 0
    elapsed_s: float = 0.0
    eta_s: float | None = None


OnProgress = Callable[[Progress], None]


def no_progress(progress: Progress) -> None:
    """Tell nobody."""
    del progress
