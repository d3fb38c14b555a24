"""Collects the execution log of a stage: the lines of our own requests, out of interleaved streams.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from contracts.evidence import Execution, Missing, TimeWindow
from contracts.join import trace_root
from gateway import execution_log
from gateway.execution import LogLine
from probes.aws import is_not_found
from probes.collection import Collected, Patience, Sought, around, collect, found_of
from probes.log_events import LogEvent, LogReader

_LAST_LINE = "Method completed with status"


def log_group_name(rest_api_id: str, stage_name: str) -> str:
    """Return the log group that API Gateway writes a stage's execution log to."""
    return f"API-Gateway-Execution-Logs_{rest_api_id}/{stage_name}"


def collect_executions(
    client: Any, *, rest_api_id: str, stage_name: str, sought: Sought, patience: Patience | None = None
) -> Collected[Execution]:
    """Collect the executions of our requests.

    Args:
        client: A boto3 client of CloudWatch Logs.
        rest_api_id: The API.
        stage_name: Its stage.
        sought: The ids of what was sent.
        patience: How long to wait for late delivery.

    Returns:
        One execution a request id; complete when each has its last line. ``foreign`` counts request ids not ours.
    """
    patience = patience or Patience()
    reader = LogReader(client, log_group_name(rest_api_id, stage_name), patience.may_go_on)
    lines = _Lines(reader=reader, sought=sought, patience=patience)
    failed = collect(lines, patience)
    if failed is not None and is_not_found(failed):
        failed = no_log_group(reader.log_group_name, "turn on execution logging of the stage (loggingLevel INFO)")
    return Collected(
        items=tuple(_execution(request_id, events) for request_id, events in lines.events.items()),
        completeness=found_of(
            sought.request_ids, lines.events, failed, late="their lines were not in the log group by the deadline"
        ),
        missing=failed,
        foreign=len(lines.foreign),
    )


def no_log_group(name: str, remedy: str) -> Missing:
    """Return that a log group does not exist."""
    return Missing(reason=f"log group {name} does not exist", aws_error_code="ResourceNotFoundException", remedy=remedy)


@dataclass(slots=True)
class _Lines:
    """The events of our request ids, over all rounds."""

    reader: LogReader
    sought: Sought
    patience: Patience
    events: dict[str, list[LogEvent]] = field(default_factory=dict)
    foreign: set[str] = field(default_factory=set)
    _open: set[str] = field(default_factory=set)
    _grew_at_s: dict[str, float] = field(default_factory=dict)
    _count: int = 0

    def __post_init__(self) -> None:
        self._open = set(self.sought.request_ids)

    def read_round(self) -> Missing | None:
        """Read the window of the requests that are still open, and keep for each its fullest reading."""
        moments = [*(self.sought.request_ids[name] for name in self._open), *self.sought.unanswered_at]
        read = _Round(self.sought)
        outcome = self.reader.read(around(moments, self.sought.window), read.take)
        now_s = self.patience.monotonic()
        for request_id, events in read.ours().items():
            before = len(self.events.get(request_id, ()))
            if len(events) > before:
                self._count += len(events) - before
                self.events[request_id] = events
                self._grew_at_s[request_id] = now_s
            has_settled = len(events) == before and now_s - self._grew_at_s[request_id] >= self.patience.settle_s
            if has_settled or any(_LAST_LINE in event.message for event in events):
                self._open.discard(request_id)  # a refused API key, or level ERROR, writes no last line
        self.foreign |= read.foreign - self.events.keys()
        return outcome if isinstance(outcome, Missing) else None

    def is_complete(self) -> bool:
        """Return whether every request has its last line, or lines that grow no more."""
        return not self._open

    def found(self) -> int:
        """Return how many lines were found."""
        return self._count


@dataclass(slots=True)
class _Round:
    """What one reading of the log gave: of ours every line, of other requests the id alone.

    Only near a request of ours that got no answer, of which no id is known, others' lines are kept: one of them may be
    its log, which the trace id in it tells.
    """

    sought: Sought
    foreign: set[str] = field(default_factory=set)
    _ours: dict[str, list[LogEvent]] = field(default_factory=lambda: defaultdict(list))
    _others: dict[str, list[LogEvent]] = field(default_factory=lambda: defaultdict(list))
    _near: TimeWindow | None = field(init=False)

    def __post_init__(self) -> None:
        sought = self.sought
        self._near = around(sought.unanswered_at, sought.window) if sought.unanswered_trace_ids else None

    def take(self, event: LogEvent) -> None:
        """Keep an event, or the id of its request."""
        request_id = execution_log.request_id_of(event.message)
        if request_id is None:
            return
        if request_id in self.sought.request_ids:
            self._ours[request_id].append(event)
            return
        self.foreign.add(request_id)
        if self._near is not None and self._near.start_at <= event.logged_at <= self._near.end_at:
            self._others[request_id].append(event)

    def ours(self) -> dict[str, list[LogEvent]]:
        """Return the events by request id, those of unanswered requests of ours too."""
        wanted = self.sought.unanswered_trace_ids
        for request_id, events in self._others.items():
            if any(trace_root(event.message) in wanted for event in events):
                self._ours[request_id] = events
                self.foreign.discard(request_id)
        return self._ours


def _execution(request_id: str, events: Iterable[LogEvent]) -> Execution:
    ordered = sorted(events, key=lambda event: event.order)
    prefix = f"({request_id}) "
    lines = (LogLine(text=event.message.removeprefix(prefix), logged_at=event.logged_at) for event in ordered)
    return execution_log.read(lines, request_id=request_id)
