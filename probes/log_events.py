"""Reads the events of a log group in a time window.

Where a group has few streams they are read one by one with GetLogEvents, which has twice FilterLogEvents' quota and is
quicker by far on AWS-compatible endpoints; else FilterLogEvents goes over all streams at once.

See: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from contracts.evidence import Evidence, TimeWindow
from contracts.recording_codec import to_microseconds
from probes import aws

_STREAMS_READ_SINGLY = 8
_STREAM_ERRORS = frozenset({"AccessDeniedException", "AccessDenied"})


@dataclass(frozen=True, slots=True)
class LogEvent:
    """One event. ``order`` sorts the events of one request as they were written."""

    message: str
    timestamp_ms: int
    ingested_ms: int
    sequence: int

    @property
    def order(self) -> tuple[int, int, int]:
        """Time of the event, time of its arrival, place among what was read."""
        return self.timestamp_ms, self.ingested_ms, self.sequence

    @property
    def place(self) -> int:
        """Tells an event from others, whichever way it was read."""
        return hash((self.timestamp_ms, self.ingested_ms, self.message))

    @property
    def logged_at(self) -> datetime:
        """The event's time."""
        return datetime.fromtimestamp(self.timestamp_ms / 1000, tz=UTC)


Take = Callable[[LogEvent], object]
"""Is given one event at a time: a busy group's window holds far more than what is looked for."""


@dataclass(slots=True)
class LogReader:
    """Reads one log group through a CloudWatch Logs client. ``may_go_on`` is asked before each page."""

    client: Any
    log_group_name: str
    may_go_on: Callable[[], bool] = lambda: True
    _streams_allowed: bool = field(default=True, init=False)

    @property
    def arn(self) -> str:
        """The log group's ARN as an IAM policy names it."""
        meta = getattr(self.client, "meta", None)
        partition = getattr(meta, "partition", None) or "aws"
        region = getattr(meta, "region_name", None) or "*"
        return f"arn:{partition}:logs:{region}:*:log-group:{self.log_group_name}:*"

    def read(self, window: TimeWindow, take: Take) -> Evidence[None]:
        """Give the window's events; those before a failure have been given.

        Returns:
            Present when all was read, else why not: access denied (with the IAM action), no such group, throttled.

        See: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
        """
        return aws.read(lambda: self._read(window, take), action="logs:FilterLogEvents", resource=self.arn)

    def _read(self, window: TimeWindow, take: Take) -> None:
        count = itertools.count()
        streams = self._few_streams() if self._streams_allowed else None
        if streams is None:
            self._give(self._filtered_pages(window), take, count)
            return
        given: set[int] = set()
        try:
            for stream in streams:
                self._give(self._stream_pages(stream, window), _noting(take, given), count)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") not in _STREAM_ERRORS:
                raise
            self._streams_allowed = False
            self._give(self._filtered_pages(window), _without(take, given), count)

    def _give(self, pages: Iterator[list[dict[str, Any]]], take: Take, count: Iterator[int]) -> None:
        while self.may_go_on() and (page := next(pages, None)) is not None:
            for event in page:
                take(LogEvent(event["message"], event["timestamp"], event.get("ingestionTime", 0), next(count)))

    def _few_streams(self) -> list[str] | None:
        """Return the names of the group's streams when they are few; None when many, or not allowed to ask."""
        try:
            page = self.client.describe_log_streams(logGroupName=self.log_group_name, limit=_STREAMS_READ_SINGLY + 1)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") not in _STREAM_ERRORS:
                raise
            self._streams_allowed = False
            return None
        streams = [stream["logStreamName"] for stream in page.get("logStreams", [])]
        return None if len(streams) > _STREAMS_READ_SINGLY or page.get("nextToken") else streams

    def _stream_pages(self, stream: str, window: TimeWindow) -> Iterator[list[dict[str, Any]]]:
        """Give a stream's pages; the end is where the token does not change. Empty pages before it are normal."""
        token: str | None = None
        while True:
            more = {} if token is None else {"nextToken": token}
            page = self.client.get_log_events(
                logGroupName=self.log_group_name, logStreamName=stream, startFromHead=True, **_times(window), **more
            )
            yield page["events"]
            if page.get("nextForwardToken") in {None, token}:
                return
            token = page["nextForwardToken"]

    def _filtered_pages(self, window: TimeWindow) -> Iterator[list[dict[str, Any]]]:
        """Give the pages over all streams; partial and empty pages with a next token are normal."""
        more: dict[str, str] = {}
        while True:
            page = self.client.filter_log_events(logGroupName=self.log_group_name, **_times(window), **more)
            yield page["events"]
            if not page.get("nextToken"):
                return
            more = {"nextToken": page["nextToken"]}


def _times(window: TimeWindow) -> dict[str, int]:
    return {
        "startTime": to_microseconds(window.start_at) // 1000,
        "endTime": to_microseconds(window.end_at) // 1000 + 1,
    }


def _noting(take: Take, given: set[int]) -> Take:
    def noted(event: LogEvent) -> None:
        given.add(event.place)
        take(event)

    return noted


def _without(take: Take, given: set[int]) -> Take:
    """Pass over what was given already."""
    return lambda event: None if event.place in given else take(event)
