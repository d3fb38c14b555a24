"""Traces are asked for by id, five a call, and become nested segments; what cannot be read is Missing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from contracts.evidence import TimeWindow, Trace, TraceSegment
from probes.collection import Collected, Patience, Sought
from probes.traces import collect_traces, parse_trace

START = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
IDS = [f"1-{number:08x}-0123456789abcdef01234567" for number in range(1, 13)]


def stage_segment(trace_id: str, **more: Any) -> dict[str, Any]:
    return {
        "id": trace_id[2:10] * 2,
        "trace_id": trace_id,
        "name": "users-api/dev",
        "start_time": 1.5,
        "end_time": 2.5,
        "http": {"request": {"url": "https://h/dev/users", "method": "GET"}, "response": {"status": 200}},
        "aws": {"api_gateway": {"request_id": "r1", "stage": "dev"}},
        "annotations": {"aws:api_stage": "dev"},
        "origin": "AWS::ApiGateway::Stage",
        **more,
    }


def answer(trace_id: str, *documents: dict[str, Any]) -> dict[str, Any]:
    return {"Id": trace_id, "Segments": [{"Id": item["id"], "Document": json.dumps(item)} for item in documents]}


class FakeXRay:
    """BatchGetTraces over known traces; the first calls may fail or leave ids unprocessed."""

    def __init__(
        self, traces: dict[str, dict[str, Any]], *, errors: list[str] | None = None, unprocessed: int = 0
    ) -> None:
        self.traces = traces
        self.errors = errors or []
        self.unprocessed = unprocessed
        self.calls: list[tuple[str, ...]] = []

    def batch_get_traces(self, **arguments: Any) -> dict[str, Any]:
        asked = list(arguments["TraceIds"])
        self.calls.append(tuple(asked))
        if self.errors:
            raise ClientError({"Error": {"Code": self.errors.pop(0), "Message": "told so"}}, "BatchGetTraces")
        left = []
        if self.unprocessed:
            self.unprocessed -= 1
            left = [asked.pop()]
        if "NextToken" not in arguments and len(asked) > 1:
            return {"Traces": [self.traces[asked[0]]], "UnprocessedTraceIds": [], "NextToken": "more"}
        rest = asked[1:] if "NextToken" in arguments else asked
        return {"Traces": [self.traces[name] for name in rest if name in self.traces], "UnprocessedTraceIds": left}


def collected(client: Any, *trace_ids: str, sleeps: list[float] | None = None) -> Collected[Trace]:
    clock = [0.0]

    def sleep(seconds: float) -> None:
        clock[0] += max(seconds, 0.1)
        if sleeps is not None:
            sleeps.append(seconds)

    return collect_traces(
        client,
        sought=Sought(window=TimeWindow(start_at=START, end_at=START), trace_ids=dict.fromkeys(trace_ids, START)),
        patience=Patience(deadline_s=10.0, given_sleep=sleep, monotonic=lambda: clock[0]),
    )


def test_five_ids_a_call_with_all_pages_and_unprocessed_ids() -> None:
    client = FakeXRay({name: answer(name, stage_segment(name)) for name in IDS}, unprocessed=1)
    found = collected(client, *IDS)
    assert sorted(item.trace_id for item in found.items) == IDS
    assert max(map(len, client.calls)) == 5
    assert found.completeness.found == 12
    assert found.completeness.reason is None


def test_a_trace_without_the_segment_of_the_stage_is_waited_for() -> None:
    backend = {"id": "b" * 16, "name": "fn", "start_time": 1.6, "end_time": 2.0, "origin": "AWS::Lambda"}
    client = FakeXRay({IDS[0]: answer(IDS[0], backend)})
    sleeps: list[float] = []
    found = collected(client, IDS[0], sleeps=sleeps)
    assert sum(sleeps) >= 10.0
    assert len(found.items[0].segments) == 1
    assert found.completeness.missing == ()


def test_what_is_not_there_is_named() -> None:
    found = collected(FakeXRay({IDS[0]: answer(IDS[0], stage_segment(IDS[0]))}), IDS[0])
    assert found.completeness.missing == ()
    found = collected(FakeXRay({}), IDS[1])
    assert found.completeness.missing == (IDS[1],)
    assert found.completeness.reason == "their segments had not arrived by the deadline"


def test_access_denied_is_missing_with_the_action() -> None:
    sleeps: list[float] = []
    found = collected(FakeXRay({}, errors=["AccessDeniedException"] * 9), *IDS, sleeps=sleeps)
    assert found.missing is not None
    assert found.missing.remedy == "allow xray:BatchGetTraces"
    assert found.completeness.missing == tuple(IDS)
    assert sleeps == []


def test_what_is_refused_once_is_not_asked_for_again() -> None:
    many = [f"1-00000000-{number:024d}" for number in range(500)]
    client = FakeXRay({}, errors=["AccessDeniedException"] * 500)
    found = collected(client, *many)
    assert found.missing is not None
    assert len(client.calls) <= 16


def test_throttling_is_waited_for() -> None:
    client = FakeXRay({IDS[0]: answer(IDS[0], stage_segment(IDS[0]))}, errors=["ThrottledException"])
    sleeps: list[float] = []
    found = collected(client, IDS[0], sleeps=sleeps)
    assert found.completeness.found == 1
    assert found.missing is None
    assert sleeps == [4.0]


def test_throttled_to_the_end() -> None:
    found = collected(FakeXRay({}, errors=["ThrottledException"] * 99), IDS[0])
    assert found.missing is not None
    assert found.missing.aws_error_code == "ThrottledException"


def test_segments_are_nested() -> None:
    inner = {"id": "2" * 16, "name": "Attempt", "start_time": 1.7, "fault": True}
    outer = {
        "id": "1" * 16,
        "name": "Lambda",
        "namespace": "aws",
        "start_time": 1.6,
        "end_time": 2.4,
        "subsegments": [inner],
    }
    loose = {
        "id": "3" * 16,
        "name": "DynamoDB",
        "start_time": 1.8,
        "end_time": 1.9,
        "type": "subsegment",
        "parent_id": "2" * 16,
        "aws": {"request_id": "ddb"},
    }
    orphan = {"id": "4" * 16, "name": "late", "start_time": 3.0, "type": "subsegment", "parent_id": "9" * 16}
    inferred = {
        "id": "5" * 16,
        "name": "users",
        "start_time": 1.8,
        "inferred": True,
        "parent_id": "3" * 16,
        "origin": "AWS::DynamoDB::Table",
        "http": {"response": {"status": 400}},
        "error": True,
        "throttle": True,
    }
    stage = stage_segment(IDS[0], subsegments=[outer])
    trace = parse_trace(answer(IDS[0], inferred, loose, stage, orphan))
    first, second, third = trace.segments
    assert (first.origin, first.request_id, first.status, first.annotations) == (
        "AWS::ApiGateway::Stage",
        "r1",
        200,
        {"aws:api_stage": "dev"},
    )
    attempt = first.subsegments[0].subsegments[0]
    assert (attempt.name, attempt.fault, attempt.end_s) == ("Attempt", True, None)
    assert attempt.subsegments == (
        TraceSegment(
            segment_id="3" * 16, name="DynamoDB", start_s=1.8, end_s=1.9, parent_id="2" * 16, request_id="ddb"
        ),
    )
    assert (second.inferred, second.error, second.throttle, second.status) == (True, True, True, 400)
    assert third.name == "late"


@pytest.fixture
def xray(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield boto3.client("xray", region_name="us-east-1")


def test_a_trace_service(xray: Any) -> None:
    for name in IDS:
        xray.put_trace_segments(TraceSegmentDocuments=[json.dumps(stage_segment(name))])
    found = collected(xray, *IDS)
    assert sorted(item.trace_id for item in found.items) == IDS
    assert {item.segments[0].request_id for item in found.items} == {"r1"}
