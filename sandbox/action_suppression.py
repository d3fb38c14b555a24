"""When a composite alarm's actions may be carried out: its suppressor, the wait period, the extension period. Pure.

See: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create_Composite_Alarm_Suppression.html
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


class SuppressedBy(StrEnum):
    """What keeps actions back (``ActionsSuppressedBy``)."""

    ALARM = "Alarm"
    WAIT_PERIOD = "WaitPeriod"
    EXTENSION_PERIOD = "ExtensionPeriod"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressor:
    """The alarm that suppresses: whether it is in ALARM, and how long changes wait before and after it rings."""

    rings: bool
    wait_s: float
    extension_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """What was last seen of a composite alarm, and what keeps back the actions of its last change, if they are due.

    ``old_state`` is the state before the last change.
    """

    state: str
    old_state: str
    suppressed_by: SuppressedBy | None = None
    since: datetime | None = None

    @property
    def is_due(self) -> bool:
        """Whether actions wait to be carried out."""
        return self.suppressed_by is not None


def next_suppression(
    before: Suppression, state: str, now: datetime, suppressor: Suppressor
) -> tuple[Suppression, bool]:
    """Return what holds now, and whether the actions of the present state are to be carried out.

    Args:
        before: What held at the last look.
        state: The composite alarm's state.
        now: The time.
        suppressor: The alarm that may suppress them.
    """
    after = before
    if state != before.state:  # a change discards the extension period, and the wait period of an earlier change
        after = Suppression(state=state, old_state=before.state, suppressed_by=SuppressedBy.WAIT_PERIOD, since=now)
    if not after.is_due:
        return after, False
    if suppressor.rings:
        return replace(after, suppressed_by=SuppressedBy.ALARM, since=now), False
    if after.suppressed_by is SuppressedBy.ALARM:
        after = replace(after, suppressed_by=SuppressedBy.EXTENSION_PERIOD, since=now)
    waits = after.suppressed_by is SuppressedBy.WAIT_PERIOD
    length_s = suppressor.wait_s if waits else suppressor.extension_s
    if after.since is not None and (now - after.since).total_seconds() < length_s:
        return after, False
    return replace(after, suppressed_by=None, since=None), True
