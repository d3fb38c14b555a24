"""A drill for people and for scripts: readable lines, and a JSON document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from alarms.drill import NotDrilled
from alarms.drill_watch import Outcome, Seen


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillReport:
    """What was seen of the drilled alarms.

    ``answers`` counts the requests that were sent, by the request and the answer it got. ``is_forced`` says that states
    were set by hand.
    """

    owner: str
    seen: Sequence[Seen]
    left_out: Sequence[NotDrilled]
    answers: Mapping[tuple[str, str], int]
    is_forced: bool

    @property
    def is_proved(self) -> bool:
        """Whether each alarm told, or was rightly kept silent by another; at least one must have told."""
        return is_proved(self.seen)


def is_proved(seen: Sequence[Seen]) -> bool:
    """Say whether each alarm told, or was rightly kept silent by another; at least one must have told."""
    outcomes = {one.outcome for one in seen}
    return Outcome.TOLD in outcomes and outcomes <= {Outcome.TOLD, Outcome.SUPPRESSED}


def report_lines(report: DrillReport) -> Iterator[str]:
    """Return what was observed, and what was not, as lines."""
    for (request, answer), count in sorted(report.answers.items()):
        yield f"  {count} requests {request}: {answer}"
    for one in report.seen:
        yield f"{one.alarm_name}: {one.outcome}"
        yield from (f"  {arn}: executed" for arn in sorted(one.executed))
        yield from (f"  {summary}" for summary in one.failed.values())
    proved = sum(is_proved([one]) for one in report.seen)
    yield (
        f"{proved} of {len(report.seen)} alarms rang and told. Observed in CloudWatch's alarm history; whether a "
        "subscriber received the message, CloudWatch does not know."
    )
    if report.is_forced:
        yield "The states were set by hand: nothing was proved about what makes these alarms ring."


def report_document(report: DrillReport) -> dict[str, Any]:
    """Return a drill as JSON."""
    return {
        "stage": report.owner,
        "forced": report.is_forced,
        "proved": report.is_proved,
        "alarms": [_alarm_document(one) for one in report.seen],
        "left_out": {one.alarm_name: one.reason for one in report.left_out},
        "answers": [
            {"request": request, "answer": answer, "count": count}
            for (request, answer), count in sorted(report.answers.items())
        ],
    }


def _alarm_document(seen: Seen) -> dict[str, Any]:
    return {
        "name": seen.alarm_name,
        "outcome": seen.outcome.name.lower(),
        "rang_at": _moment(seen.rang_at),
        "told_at": _moment(seen.told_at),
        "reason": seen.reason,
        "executed": sorted(seen.executed),
        "failed": dict(seen.failed),
    }


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()
