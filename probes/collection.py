"""What all collectors share: what is looked for, waiting for late delivery, and how much of it was found.

AWS delivers logs, traces and metrics seconds to minutes after the request. A collector reads in rounds until everything
that is looked for is there, nothing new has come for a while, or the deadline is over.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from statistics import median
from typing import Generic, Protocol, TypeVar

from contracts.attribution import lacks_the_gateways_ids
from contracts.evidence import Completeness, Exchange, Missing, Origin, TimeWindow
from contracts.join import exchange_ids
from probes.aws import is_busy, is_not_found

logger = logging.getLogger(__name__)

T = TypeVar("T")

#: How far the clocks of client and AWS may be apart, and how long after its start a request may still write.
SKEW = timedelta(minutes=1)
LONGEST_REQUEST = timedelta(minutes=2)

_CLOCK_TOLERANCE = timedelta(seconds=10)
_NOT_THERE_GRACE_S = 15.0
_BUSY_WAIT_S = 1.0
_BUSY_WAIT_MAX_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected(Generic[T]):
    """What a collector found.

    ``missing`` says why nothing, or not all, could be read; None where every read succeeded. ``foreign`` counts
    requests of other clients that were seen in the same place and passed over.
    """

    items: tuple[T, ...]
    completeness: Completeness
    missing: Missing | None = None
    foreign: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait for late delivery.

    ``deadline_s`` is the longest wait after the first round; ``quiet_s`` ends it sooner when no round has brought
    anything new for so long (None: never), and where ``waits_for_first`` is set only after something came at all.
    ``settle_s`` is how long what grows by parts must stay as it is until it counts as whole. ``stopping`` ends all
    waiting at once. The clock comes in so that tests need not wait; None sleeps until ``stopping`` is set.
    """

    deadline_s: float = 120.0
    poll_interval_s: float = 2.0
    quiet_s: float | None = None
    waits_for_first: bool = False
    settle_s: float = 0.0
    stopping: threading.Event = field(default_factory=threading.Event, repr=False, compare=False)
    given_sleep: Callable[[float], object] | None = field(default=None, repr=False)
    monotonic: Callable[[], float] = field(default=time.monotonic, repr=False)

    def sleep(self, seconds: float) -> None:
        """Wait so long, or until nobody wants to know any more."""
        (self.given_sleep or self.stopping.wait)(seconds)

    def may_go_on(self) -> bool:
        """Return whether what is collected is still wanted."""
        return not self.stopping.is_set()


class Collector(Protocol):
    """A collector's rounds, as ``collect`` drives them."""

    def read_round(self) -> Missing | None:
        """Read once what is still looked for; return why it could not be read."""

    def is_complete(self) -> bool:
        """Return whether everything that is looked for was found."""

    def found(self) -> int:
        """Return how much was found so far; a round that raises it brought something new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """The ids of our own exchanges, each with the time it was sent, and the window they all lie in.

    ``trace_ids`` holds all of them; ``unanswered_trace_ids`` those of exchanges without an answer, of which no other id
    is known, and ``unanswered_at`` when these were sent.
    """

    window: TimeWindow
    request_ids: Mapping[str, datetime] = field(default_factory=dict)
    extended_request_ids: Mapping[str, datetime] = field(default_factory=dict)
    trace_ids: Mapping[str, datetime] = field(default_factory=dict)
    unanswered_trace_ids: frozenset[str] = frozenset()

    @property
    def unanswered_at(self) -> tuple[datetime, ...]:
        """When the exchanges without an answer were sent; both ends of the window where that is not known."""
        known = [self.trace_ids.get(trace_id) for trace_id in self.unanswered_trace_ids]
        ends = (self.window.start_at, self.window.end_at) if None in known else ()
        return (*(moment for moment in known if moment is not None), *ends)

    @classmethod
    def of(cls, exchanges: Iterable[Exchange], *, window: TimeWindow) -> Sought:
        """Gather the ids of exchanges.

        Left out are those that leave neither logs nor traces: test invocations, and what a server before the gateway
        refused.
        """
        requests: dict[str, datetime] = {}
        extended: dict[str, datetime] = {}
        traces: dict[str, datetime] = {}
        unanswered: set[str] = set()
        for exchange in exchanges:
            if not _came_to_the_stage(exchange):
                continue
            ids = exchange_ids(exchange)
            for known, of_kind in ((ids.request_id, requests), (ids.extended_request_id, extended)):
                if known is not None:
                    of_kind[known] = exchange.sent_at
            if ids.trace_id is not None:
                traces[ids.trace_id] = exchange.sent_at
                if ids.request_id is None and ids.extended_request_id is None:
                    unanswered.add(ids.trace_id)
        return cls(
            window=window,
            request_ids=requests,
            extended_request_ids=extended,
            trace_ids=traces,
            unanswered_trace_ids=frozenset(unanswered),
        )


def by_clock_of_aws(exchanges: Iterable[Exchange], now: datetime) -> tuple[tuple[Exchange, ...], datetime]:
    """Return exchanges, and the present, with their times as AWS's clock has them.

    A machine whose clock is minutes off looks for logs where none are. How far it is off the ``Date`` of the answers
    tells; seconds are the width of that header, and of the way there and back.
    """
    sent = tuple(exchanges)
    leads_s = [lead.total_seconds() for exchange in sent if (lead := _lead(exchange)) is not None]
    lead = timedelta(seconds=median(leads_s) if leads_s else 0.0)
    if abs(lead) < _CLOCK_TOLERANCE:
        return sent, now
    logger.warning("the clock is off", extra={"lead_s": lead.total_seconds()})
    return tuple(replace(exchange, sent_at=exchange.sent_at - lead) for exchange in sent), now - lead


def _lead(exchange: Exchange) -> timedelta | None:
    """Return how far the clock of this machine was before AWS's; None where the answer does not tell the time."""
    told = exchange.response_header("Date")
    if told is None or not _came_to_the_stage(exchange):
        return None
    try:
        answered_at = parsedate_to_datetime(told)
    except ValueError:
        return None
    aware = answered_at if answered_at.tzinfo is not None else answered_at.replace(tzinfo=UTC)
    return exchange.sent_at + timedelta(milliseconds=exchange.elapsed_ms) - aware


def counted_by_metrics(exchanges: Iterable[Exchange]) -> int:
    """Return how many exchanges the metric Count should know: those that were answered, by the gateway itself.

    What a server before the gateway refused is in no metric; to wait for it would be to wait until the deadline.
    """
    return sum(1 for exchange in exchanges if exchange.response is not None and _came_to_the_stage(exchange))


def _came_to_the_stage(exchange: Exchange) -> bool:
    """Whether the stage saw a request: test invocations pass it by, and a server before it refuses some."""
    return exchange.origin is not Origin.TEST_INVOKE and not lacks_the_gateways_ids(exchange)


def collect(collector: Collector, patience: Patience) -> Missing | None:
    """Let a collector read in rounds until it is complete or there is no use in waiting.

    Throttling and a service that is busy are waited for with growing pauses; a log group that is not there yet for a
    short while; a refusal is final at once.

    Returns:
        Why the last round could not be read, None when it could.
    """
    started_s = news_s = patience.monotonic()
    found, pause_s = -1, patience.poll_interval_s
    while True:
        failed = collector.read_round()
        now_s = patience.monotonic()
        if failed is None and collector.is_complete():
            return None
        if collector.found() > found:
            found, news_s = collector.found(), now_s
        if _is_over(failed, patience, waited_s=now_s - started_s, quiet_s=now_s - news_s, has_any=found > 0):
            return failed
        busy = failed is not None and is_busy(failed)
        pause_s = min(max(2 * pause_s, _BUSY_WAIT_S), _BUSY_WAIT_MAX_S) if busy else patience.poll_interval_s
        patience.sleep(min(pause_s, max(0.0, patience.deadline_s - (now_s - started_s))))


def found_of(expected: Iterable[str], found: Iterable[str], failed: Missing | None, *, late: str) -> Completeness:
    """Return how much was found of what was expected.

    Args:
        expected: The ids that were looked for.
        found: The ids that were found.
        failed: Why reading failed, None when it did not.
        late: What to say of ids that were simply not there by the deadline.
    """
    wanted = dict.fromkeys(expected)
    there = set(found)
    absent = tuple(name for name in wanted if name not in there)
    why = failed
    if why is None and absent:
        why = Missing(reason=late, remedy="wait longer: raise collection.deadline")
    return Completeness(
        expected=len(wanted),
        found=len(wanted) - len(absent),
        missing=absent,
        reason=None if why is None else why.reason,
        remedy=None if why is None else why.remedy,
    )


def nothing(expected: Iterable[str], why: Missing) -> Collected[T]:
    """Return that nothing could be collected, and why."""
    return Collected(items=(), completeness=found_of(expected, (), why, late=""), missing=why)


def around(moments: Iterable[datetime], window: TimeWindow) -> TimeWindow:
    """Return the time in which what was sent at these moments can have been logged; the whole window for none."""
    known = list(moments)
    start_at = min(known, default=window.start_at) - SKEW
    end_at = max(known, default=window.end_at) + SKEW + LONGEST_REQUEST
    return TimeWindow(start_at=start_at, end_at=end_at)


def _is_over(failed: Missing | None, patience: Patience, *, waited_s: float, quiet_s: float, has_any: bool) -> bool:
    if waited_s >= patience.deadline_s or not patience.may_go_on():
        return True
    if failed is None:
        may_end = has_any or not patience.waits_for_first
        return may_end and patience.quiet_s is not None and quiet_s >= patience.quiet_s
    if is_not_found(failed):
        return waited_s >= _NOT_THERE_GRACE_S
    return not is_busy(failed)
