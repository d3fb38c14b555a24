"""Lines of our requests come out of interleaved streams whole and in order; what cannot be read is Missing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from contracts.evidence import (
    Exchange,
    HttpRequest,
    HttpResponse,
    Mode,
    Origin,
    TimeWindow,
)
from gateway.messages import Headers
from probes.aws import AwsError
from probes.collection import Collected, Patience, Sought
from probes.execution_logs import _Round, collect_executions, log_group_name
from probes.log_events import LogEvent

START = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
WINDOW = TimeWindow(start_at=START, end_at=START + timedelta(minutes=5))
GROUP = log_group_name("api1", "dev")
NO_ANSWER_TRACE = "1-00000009-0123456789abcdef01234567"


class FakeClock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.sleeps: list[float] = []

    def monotonic(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now_s += max(seconds, 0.1)

    def patience(self, **arguments: Any) -> Patience:
        return Patience(given_sleep=self.sleep, monotonic=self.monotonic, **{"deadline_s": 20.0, **arguments})


class FakeLogs:
    """FilterLogEvents over given pages, a list of rounds; a page may be an error. Streams may not be described."""

    def __init__(self, *rounds: list[list[dict[str, Any]] | str]) -> None:
        self.rounds = list(rounds)
        self.asked: list[dict[str, Any]] = []

    def describe_log_streams(self, **_: Any) -> dict[str, Any]:
        raise error("AccessDeniedException", "DescribeLogStreams")

    def filter_log_events(self, **arguments: Any) -> dict[str, Any]:
        self.asked.append(arguments)
        number = int(arguments.get("nextToken", "0"))
        pages = self.rounds[0]
        page = pages[number] if number < len(pages) else []
        last = number + 1 >= len(pages)
        if (last or isinstance(page, str)) and len(self.rounds) > 1:
            self.rounds.pop(0)
        if isinstance(page, str):
            raise error(page, "FilterLogEvents")
        return {"events": page} if last else {"events": page, "nextToken": str(number + 1)}


def error(code: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "told so"}}, operation)


def event(request_id: str, text: str, at_s: float = 0.0, *, ingested_s: float = 0.0) -> dict[str, Any]:
    epoch = START.timestamp()
    return {
        "message": f"({request_id}) {text}",
        "timestamp": int((epoch + at_s) * 1000),
        "ingestionTime": int((epoch + ingested_s) * 1000),
    }


def sought(*request_ids: str, unanswered: bool = False) -> Sought:
    return Sought(
        window=WINDOW,
        request_ids=dict.fromkeys(request_ids, START),
        unanswered_trace_ids=frozenset({NO_ANSWER_TRACE}) if unanswered else frozenset(),
    )


def collected(client: Any, *request_ids: str, clock: FakeClock | None = None, **arguments: Any) -> Collected[Any]:
    return collect_executions(
        client,
        rest_api_id="api1",
        stage_name="dev",
        sought=sought(*request_ids, **arguments),
        patience=(clock or FakeClock()).patience(),
    )


DONE = "Method completed with status: 200"


def test_partial_and_empty_pages_are_read_to_the_end() -> None:
    pages: list[list[dict[str, Any]] | str] = [
        [],
        [event("r1", "HTTP Method: GET, Resource Path: /a"), event("x9", "foreign")],
        [],
        [event("r2", DONE), event("r1", DONE), {"message": "no request id", "timestamp": 0}],
    ]
    found = collected(FakeLogs(pages), "r1", "r2")
    assert [(item.request_id, item.status, len(item.lines)) for item in found.items] == [("r1", 200, 2), ("r2", 200, 1)]
    assert found.completeness.found == found.completeness.expected == 2
    assert found.completeness.reason is None
    assert found.foreign == 1


def test_lines_are_ordered_by_time_then_arrival_then_place() -> None:
    page: list[dict[str, Any]] = [
        event("r1", DONE, 2.0),
        event("r1", "third", 1.0, ingested_s=3.0),
        event("r1", "first", 0.5),
        event("r1", "second", 1.0, ingested_s=1.0),
        event("r1", "second and a half", 1.0, ingested_s=1.0),
    ]
    (execution,) = collected(FakeLogs([page]), "r1").items
    assert [line.text for line in execution.lines] == ["first", "second", "second and a half", "third", DONE]
    assert execution.lines[0].logged_at == START + timedelta(seconds=0.5)


def test_late_lines_are_waited_for() -> None:
    clock = FakeClock()
    client = FakeLogs(
        [[]],
        [[event("r1", "a")]],
        [[event("r1", "a"), event("r1", "b")]],
        [[event("r1", "a"), event("r1", "b"), event("r1", DONE)]],
    )
    found = collected(client, "r1", clock=clock)
    assert [line.text for line in found.items[0].lines] == ["a", "b", DONE]
    assert clock.sleeps == [2.0, 2.0, 2.0]
    assert found.completeness.missing == ()


def test_a_request_whose_lines_do_not_grow_is_settled() -> None:
    clock = FakeClock()
    found = collected(FakeLogs([[event("r1", "API Key ********* not authorized")]]), "r1", clock=clock)
    assert len(found.items) == 1
    assert clock.sleeps == [2.0]


def test_where_delivery_takes_its_time_lines_must_not_grow_for_a_while() -> None:
    """A round may fall between two deliveries: two readings alike are not the end."""
    clock = FakeClock()
    half: list[list[dict[str, Any]] | str] = [[event("r1", "a")]]
    whole: list[list[dict[str, Any]] | str] = [[event("r1", "a"), event("r1", DONE)]]
    found = collect_executions(
        FakeLogs(half, half, half, whole),
        rest_api_id="api1",
        stage_name="dev",
        sought=sought("r1"),
        patience=clock.patience(settle_s=10.0),
    )
    assert found.items[0].status == 200
    settled = FakeClock()
    collect_executions(
        FakeLogs(half),
        rest_api_id="api1",
        stage_name="dev",
        sought=sought("r1"),
        patience=settled.patience(settle_s=10.0),
    )
    assert settled.now_s == 10.0


def test_of_others_nothing_is_kept_but_their_number() -> None:
    """A stage that real clients call logs far more than a night does."""
    sent_at = START + timedelta(minutes=4)
    at_start = [event(f"x{number}", f"X-ray Tracing ID : Root={NO_ANSWER_TRACE}") for number in range(50)]
    near = [event("r7", f"X-ray Tracing ID : Root={NO_ANSWER_TRACE}", 240), event("y", DONE, 240)]
    round_ = _Round(
        Sought(
            window=WINDOW,
            trace_ids={NO_ANSWER_TRACE: sent_at},
            unanswered_trace_ids=frozenset({NO_ANSWER_TRACE}),
        )
    )
    for each in (*at_start, *near):
        round_.take(LogEvent(each["message"], each["timestamp"], 0, 0))
    assert len(round_._others) == 2
    assert list(round_.ours()) == ["r7"]
    assert len(round_.foreign) == 51


def test_the_deadline_ends_the_wait_and_says_what_is_missing() -> None:
    clock = FakeClock()
    found = collected(FakeLogs([[event("r1", DONE)]]), "r1", "r2", clock=clock)
    assert found.completeness.missing == ("r2",)
    assert found.completeness.reason == "their lines were not in the log group by the deadline"
    assert found.missing is None
    assert clock.now_s >= 20.0


def test_quiet_ends_the_wait_sooner() -> None:
    clock = FakeClock()
    collect_executions(
        FakeLogs([[event("r1", DONE)]]),
        rest_api_id="api1",
        stage_name="dev",
        sought=sought("r1", "r2"),
        patience=clock.patience(quiet_s=4.0),
    )
    assert clock.now_s == 4.0


def test_later_rounds_read_only_around_what_is_open() -> None:
    late = START + timedelta(minutes=4)
    client = FakeLogs([[event("r1", DONE)]], [[event("r2", DONE, 240)]])
    collect_executions(
        client,
        rest_api_id="api1",
        stage_name="dev",
        sought=Sought(window=WINDOW, request_ids={"r1": START, "r2": late}),
        patience=FakeClock().patience(),
    )
    first, second = client.asked
    assert first["logGroupName"] == GROUP
    assert first["startTime"] < START.timestamp() * 1000
    assert second["startTime"] > first["startTime"]
    assert second["endTime"] >= late.timestamp() * 1000


def test_access_denied_is_missing_with_the_action() -> None:
    clock = FakeClock()
    found = collected(FakeLogs(["AccessDeniedException"]), "r1", clock=clock)
    assert found.items == ()
    assert found.missing is not None
    assert found.missing.aws_error_code == "AccessDeniedException"
    assert found.missing.remedy == f"allow logs:FilterLogEvents on arn:aws:logs:*:*:log-group:{GROUP}:*"
    assert found.completeness.missing == ("r1",)
    assert found.completeness.remedy == found.missing.remedy
    assert clock.sleeps == []


def test_throttling_is_waited_for_with_growing_pauses() -> None:
    clock = FakeClock()
    client = FakeLogs(["ThrottlingException"], ["ThrottlingException"], [[event("r1", DONE)]])
    found = collected(client, "r1", clock=clock)
    assert found.completeness.found == 1
    assert clock.sleeps == [4.0, 8.0]


def test_throttled_to_the_end_is_missing_and_keeps_what_was_read() -> None:
    client = FakeLogs([[event("r1", DONE)], "ThrottlingException"])
    found = collected(client, "r1", "r2")
    assert [item.request_id for item in found.items] == ["r1"]
    assert found.missing is not None
    assert found.missing.aws_error_code == "ThrottlingException"
    assert found.completeness.missing == ("r2",)


def test_no_log_group() -> None:
    clock = FakeClock()
    found = collected(FakeLogs(["ResourceNotFoundException"]), "r1", clock=clock)
    assert found.missing is not None
    assert found.missing.reason == f"log group {GROUP} does not exist"
    assert 15.0 <= clock.now_s < 20.0


def test_an_expired_token_is_an_error_for_the_person() -> None:
    with pytest.raises(AwsError, match="expired"):
        collected(FakeLogs(["ExpiredTokenException"]), "r1")


def test_an_unanswered_request_is_found_by_its_trace() -> None:
    page = [event("r7", f"X-ray Tracing ID : Root={NO_ANSWER_TRACE};Sampled=1"), event("r7", DONE), event("x", DONE)]
    found = collected(FakeLogs([page]), unanswered=True)
    assert [item.request_id for item in found.items] == ["r7"]
    assert found.foreign == 1


def test_sought_of_exchanges() -> None:
    def sent(origin: Origin, trace_id: str, **headers: str) -> Exchange:
        named = Headers((name.replace("_", "-"), value) for name, value in headers.items())
        return Exchange(
            exchange_id=trace_id,
            resource_path="/",
            http_method="GET",
            origin=origin,
            mode=Mode.POSITIVE,
            request=HttpRequest(http_method="GET", url="https://h/"),
            response=HttpResponse(status=200, headers=named) if headers else None,
            sent_at=START,
            elapsed_ms=1.0,
            trace_id=trace_id,
        )

    trace_ids = [f"1-0000000{number}-0123456789abcdef01234567" for number in range(3)]
    looked_for = Sought.of(
        [
            sent(Origin.FUZZING, trace_ids[0], x_amzn_RequestId="r", x_amz_apigw_id="e"),
            sent(Origin.FUZZING, trace_ids[1]),
            sent(Origin.TEST_INVOKE, trace_ids[2], x_amzn_RequestId="t"),
        ],
        window=WINDOW,
    )
    assert looked_for == Sought(
        window=WINDOW,
        request_ids={"r": START},
        extended_request_ids={"e": START},
        trace_ids={trace_ids[0]: START, trace_ids[1]: START},
        unanswered_trace_ids=frozenset({trace_ids[1]}),
    )


@pytest.fixture
def logs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        client = boto3.client("logs", region_name="us-east-1")
        client.create_log_group(logGroupName=GROUP)
        yield client


@pytest.mark.parametrize("streams", [3, 12])
def test_interleaved_streams_of_a_log_service(logs: Any, streams: int) -> None:
    """With few streams GetLogEvents reads them, with many FilterLogEvents; both page."""
    requests = [f"r{number}" for number in range(60)]
    texts = ["HTTP Method: GET, Resource Path: /a", *(f"line {number}" for number in range(40)), DONE]
    for stream in range(streams):
        logs.create_log_stream(logGroupName=GROUP, logStreamName=f"s{stream}")
        batch = [
            event(request_id, text, number / 100)
            for number, text in enumerate(texts)
            for request_id in [*requests[stream::streams], f"foreign{stream}"]
        ]
        for line in batch:
            del line["ingestionTime"]
            line["timestamp"] += int((datetime.now(UTC) - START).total_seconds() * 1000)
        logs.put_log_events(logGroupName=GROUP, logStreamName=f"s{stream}", logEvents=batch)
    now = datetime.now(UTC)
    found = collect_executions(
        logs,
        rest_api_id="api1",
        stage_name="dev",
        sought=Sought(window=TimeWindow(start_at=now, end_at=now), request_ids=dict.fromkeys(requests, now)),
        patience=Patience(deadline_s=5.0),
    )
    assert {item.request_id: [line.text for line in item.lines] for item in found.items} == dict.fromkeys(
        requests, texts
    )
    assert found.completeness.found == 60
    assert found.foreign == streams


def test_a_missing_group_of_a_log_service(logs: Any) -> None:
    found = collect_executions(
        logs, rest_api_id="other", stage_name="dev", sought=sought("r1"), patience=FakeClock().patience()
    )
    assert found.missing is not None
    assert found.missing.reason == "log group API-Gateway-Execution-Logs_other/dev does not exist"


@given(st.data())
def test_grouping_does_not_depend_on_pages_or_interleaving(data: st.DataObject) -> None:
    texts = {
        name: [f"{name} {number}" for number in range(data.draw(st.integers(0, 4)))] + [DONE]
        for name in ("a", "b", "c")
    }
    left = {name: list(lines) for name, lines in texts.items()}
    events: list[dict[str, Any]] = []
    while any(left.values()):
        name = data.draw(st.sampled_from(sorted(name for name, lines in left.items() if lines)))
        events.append(event(name, left[name].pop(0)))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(events)), max_size=4)))
    edges = zip([0, *cuts], [*cuts, len(events)], strict=True)
    found = collected(FakeLogs([events[start:end] for start, end in edges]), "a", "b", "c")
    assert {item.request_id: [line.text for line in item.lines] for item in found.items} == texts
