"""Access-log lines are read by the stage's own format; what cannot be read is Missing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from contracts.evidence import AccessEntry, TimeWindow
from gateway.access_log import write
from gateway.rest_api import AccessLogSettings
from probes.access_logs import collect_access_entries
from probes.collection import Collected, Patience, Sought

START = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
GROUP_ARN = "arn:aws:logs:us-east-1:123456789012:log-group:users-access"
TRACE = "1-00000001-0123456789abcdef01234567"
JSON_FORMAT = '{"requestId":"$context.requestId","ip":"$context.identity.sourceIp","status":$context.status}'
CLF = (
    "$context.identity.sourceIp $context.identity.caller $context.identity.user [$context.requestTime] "
    '"$context.httpMethod $context.resourcePath $context.protocol" $context.status $context.responseLength '
    "$context.requestId"
)
CSV = "$context.identity.sourceIp,$context.status,$context.requestId"
XML = (
    '<request id="$context.requestId"> <ip>$context.identity.sourceIp</ip> <status>$context.status</status> </request>'
)
CONTEXT = {
    "identity.sourceIp": "1.2.3.4",
    "requestTime": "04/Mar/2026:05:06:07 +0000",
    "httpMethod": "GET",
    "resourcePath": "/users/{id}",
    "protocol": "HTTP/1.1",
    "status": "200",
    "responseLength": "12",
}


class FakeLogs:
    """GetLogEvents over one stream with given pages; a page may be an error code. Each new round begins again."""

    def __init__(self, *pages: list[str] | str, streams: int = 1) -> None:
        self.pages = pages
        self.streams = streams
        self.reads = 0

    def describe_log_streams(self, **_: Any) -> dict[str, Any]:
        return {"logStreams": [{"logStreamName": f"s{number}"} for number in range(self.streams)]}

    def get_log_events(self, **arguments: Any) -> dict[str, Any]:
        self.reads += 1
        number = int(arguments.get("nextToken", "f/0").removeprefix("f/"))
        page = self.pages[number] if number < len(self.pages) else []
        if isinstance(page, str):
            raise ClientError({"Error": {"Code": page, "Message": "told so"}}, "GetLogEvents")
        events = [{"message": line, "timestamp": int(START.timestamp() * 1000)} for line in page]
        following = min(number + 1, len(self.pages))
        return {"events": events, "nextForwardToken": f"f/{following}"}

    def filter_log_events(self, **_: Any) -> dict[str, Any]:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "told so"}}, "FilterLogEvents")


def collected(
    client: Any, settings: AccessLogSettings | None, *request_ids: str, **more: Any
) -> Collected[AccessEntry]:
    clock = [0.0]
    return collect_access_entries(
        client,
        settings=settings,
        sought=Sought(
            window=TimeWindow(start_at=START, end_at=START + timedelta(minutes=1)),
            request_ids=dict.fromkeys(request_ids, START),
            **more,
        ),
        patience=Patience(
            deadline_s=10.0,
            given_sleep=lambda s: clock.__setitem__(0, clock[0] + max(s, 0.1)),
            monotonic=lambda: clock[0],
        ),
    )


def settings(log_format: str, destination_arn: str = GROUP_ARN) -> AccessLogSettings:
    return AccessLogSettings(destination_arn=destination_arn, log_format=log_format)


@pytest.mark.parametrize("log_format", [JSON_FORMAT, CLF, CSV, XML])
def test_every_format(log_format: str) -> None:
    lines = [write(log_format, {**CONTEXT, "requestId": name}) for name in ("r1", "other", "r2")]
    found = collected(FakeLogs(lines[:1], [], lines[1:]), settings(log_format), "r1", "r2")
    assert [(item.request_id, item.values["identity.sourceIp"], item.values["status"]) for item in found.items] == [
        ("r1", "1.2.3.4", "200"),
        ("r2", "1.2.3.4", "200"),
    ]
    assert found.items[0].logged_at == START
    assert found.foreign == 1
    assert found.completeness.reason is None
    assert found.completeness.found == 2


def test_a_format_with_only_the_extended_id() -> None:
    found = collected(
        FakeLogs(["e1 200", "e9 200"]),
        settings("$context.extendedRequestId $context.status"),
        "r1",
        extended_request_ids={"e1": START},
    )
    assert [item.extended_request_id for item in found.items] == ["e1"]
    assert found.completeness.missing == ()
    assert found.completeness.expected == 1


def test_an_unanswered_request_is_found_by_its_trace() -> None:
    found = collected(
        FakeLogs([f"r7 {TRACE}", "r8 -"]),
        settings("$context.requestId $context.xrayTraceId"),
        trace_ids={TRACE: START},
        unanswered_trace_ids=frozenset({TRACE}),
    )
    assert [item.request_id for item in found.items] == ["r7"]


def test_what_is_not_there_by_the_deadline_is_named() -> None:
    found = collected(FakeLogs(["1.1.1.1,200,r1"]), settings(CSV), "r1", "r2")
    assert found.completeness.missing == ("r2",)
    assert found.completeness.remedy == "wait longer: raise collection.deadline"
    assert found.missing is None


@pytest.mark.parametrize(
    ("given", "reason", "remedy"),
    [
        (None, "writes no access log", "set accessLogSettings"),
        (
            settings(CSV, "arn:aws:firehose:us-east-1:123456789012:deliverystream/amazon-apigateway-x"),
            "(Firehose), which cannot be read back",
            "CloudWatch Logs group",
        ),
        (settings("$context.status"), "has no request id", "add $context.requestId"),
    ],
)
def test_a_log_that_cannot_be_read_at_all(given: AccessLogSettings | None, reason: str, remedy: str) -> None:
    client = FakeLogs([])
    found = collected(client, given, "r1")
    assert found.missing is not None
    assert reason in found.missing.reason
    assert remedy in (found.missing.remedy or "")
    assert found.completeness.missing == ("r1",)
    assert client.reads == 0


def test_access_denied_on_both_ways_names_the_action() -> None:
    found = collected(FakeLogs("AccessDeniedException"), settings(CSV), "r1")
    assert found.missing is not None
    assert found.missing.remedy == "allow logs:FilterLogEvents on arn:aws:logs:*:*:log-group:users-access:*"


def test_throttled_to_the_end() -> None:
    found = collected(FakeLogs("ThrottlingException"), settings(CSV), "r1")
    assert found.missing is not None
    assert found.missing.aws_error_code == "ThrottlingException"
    assert found.completeness.missing == ("r1",)


def test_no_log_group() -> None:
    found = collected(FakeLogs("ResourceNotFoundException"), settings(CSV), "r1")
    assert found.missing is not None
    assert found.missing.reason == "log group users-access does not exist"
