"""Few streams are read one by one, many at once; a right that is lacking for one way does not close the other."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from contracts.evidence import Missing, Present, TimeWindow
from probes.log_events import LogEvent, LogReader

NOW = datetime(2026, 3, 4, tzinfo=UTC)
WINDOW = TimeWindow(start_at=NOW, end_at=NOW)


class FakeLogs:
    """A log group; ``denied`` holds the operations that are refused."""

    def __init__(self, streams: int, denied: set[str] | None = None) -> None:
        self.streams = streams
        self.denied = denied or set()
        self.calls: list[str] = []

    def _call(self, operation: str) -> None:
        self.calls.append(operation)
        if operation in self.denied:
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, operation)

    def describe_log_streams(self, **arguments: Any) -> dict[str, Any]:
        self._call("DescribeLogStreams")
        return {
            "logStreams": [{"logStreamName": str(number)} for number in range(min(self.streams, arguments["limit"]))]
        }

    def get_log_events(self, **arguments: Any) -> dict[str, Any]:
        if arguments["logStreamName"] != "0" or "nextToken" in arguments:
            self._call("GetLogEvents")
        else:
            self.calls.append("GetLogEvents")
        if "nextToken" in arguments:
            return {"events": [], "nextForwardToken": arguments["nextToken"]}
        return {"events": [event(f"s{arguments['logStreamName']}")], "nextForwardToken": "end"}

    def filter_log_events(self, **_: Any) -> dict[str, Any]:
        self._call("FilterLogEvents")
        return {"events": [event("filtered")]}


def event(message: str) -> dict[str, Any]:
    return {"message": message, "timestamp": 1, "ingestionTime": 2}


@pytest.mark.parametrize(
    ("streams", "denied", "messages"),
    [
        (2, set[str](), ["s0", "s1"]),
        (8, set[str](), [f"s{number}" for number in range(8)]),
        (9, set[str](), ["filtered"]),
        (300, set[str](), ["filtered"]),
        (2, {"DescribeLogStreams"}, ["filtered"]),
    ],
)
def test_ways(streams: int, denied: set[str], messages: list[str]) -> None:
    client = FakeLogs(streams, denied)
    reader = LogReader(client, "group")
    for _ in range(2):
        read: list[LogEvent] = []
        assert reader.read(WINDOW, read.append) == Present(value=None)
        assert [item.message for item in read] == messages
        assert [item.sequence for item in read] == list(range(len(messages)))
    assert client.calls.count("DescribeLogStreams") == (1 if denied else 2)


def test_both_ways_denied() -> None:
    outcome = LogReader(FakeLogs(2, {"GetLogEvents", "FilterLogEvents"}), "group").read(WINDOW, print)
    assert isinstance(outcome, Missing)
    assert outcome.remedy == "allow logs:FilterLogEvents on arn:aws:logs:*:*:log-group:group:*"


def test_a_denial_after_some_events_gives_none_of_them_twice() -> None:
    class SecondStreamDenied(FakeLogs):
        def get_log_events(self, **arguments: Any) -> dict[str, Any]:
            self.denied = {"GetLogEvents"} if arguments["logStreamName"] == "1" else set()
            return super().get_log_events(**arguments)

        def filter_log_events(self, **_: Any) -> dict[str, Any]:
            return {"events": [event("s0"), event("s1")]}

    client = SecondStreamDenied(2)
    reader = LogReader(client, "group")
    for _ in range(2):
        read: list[LogEvent] = []
        assert reader.read(WINDOW, read.append) == Present(value=None)
        assert [item.message for item in read] == ["s0", "s1"]
    assert client.calls.count("DescribeLogStreams") == 1, "the way that is closed is not tried again"


def test_no_page_is_read_that_nobody_wants() -> None:
    client = FakeLogs(300)
    assert LogReader(client, "group", lambda: False).read(WINDOW, print) == Present(value=None)
    assert client.calls == ["DescribeLogStreams"]
