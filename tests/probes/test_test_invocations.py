"""Exchanges are repeated as test invocations where a stage logs nothing; denied and throttled calls are told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from contracts.evidence import (
    Completeness,
    Configuration,
    Evidence,
    Exchange,
    Execution,
    HttpRequest,
    HttpResponse,
    Missing,
    Mode,
    Origin,
    Present,
    StageMetadata,
)
from contracts.join import join
from gateway.messages import Headers
from gateway.rest_api import Integration, IntegrationType, Method, MethodSettings, Resource, RestApi, Stage
from probes import test_invocations
from probes.aws import AwsSession
from probes.collection import Collected, Patience

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
INVOKE_URL = "https://api1.execute-api.us-east-1.amazonaws.com/dev"
NOT_READ = Completeness(expected=3, found=0, reason="denied")
ALL_READ = Completeness(expected=3, found=3)
LOG = """Execution log for request {request_id}
Mon Feb 03 09:54:45 UTC 2020 : Starting execution for request: {request_id}
Mon Feb 03 09:54:45 UTC 2020 : HTTP Method: GET, Resource Path: /users/1
Mon Feb 03 09:54:45 UTC 2020 : Method request path: {{userId=1}}
Mon Feb 03 09:54:46 UTC 2020 : Method completed with status: 200
"""


def _method(http_method: str, kind: IntegrationType) -> Method:
    return Method(http_method=http_method, integration=Integration(integration_type=kind))


API = RestApi(
    name="users",
    resources=(
        Resource(path="/", resource_id="r0"),
        Resource(
            path="/users/{userId}",
            resource_id="r1",
            methods=(_method("GET", IntegrationType.AWS), _method("PUT", IntegrationType.HTTP)),
        ),
        Resource(path="/proxy", resource_id="r2", methods=(_method("GET", IntegrationType.AWS_PROXY),)),
        Resource(path="/mock", resource_id="r3", methods=(_method("GET", IntegrationType.MOCK),)),
    ),
)


def _configuration(
    level: str = "OFF", *, data_trace: bool = True, rest_api: Evidence[RestApi] | None = None
) -> Configuration:
    denied = Missing(reason="not asked")
    settings = MethodSettings(logging_level=level, data_trace_enabled=data_trace)
    return Configuration(
        metadata=StageMetadata(account_id="1", region="us-east-1", read_at=NOW, invoke_url=INVOKE_URL),
        rest_api=rest_api or Present(value=API),
        deployed=denied,
        stage=Present(value=Stage(stage_name="dev", method_settings={"*/*": settings}, variables={"v": "1"})),
        usage_plans=denied,
        account=denied,
        log_groups=denied,
    )


def _exchange(number: int = 1, http_method: str = "GET", path: str = "/users/1", **changes: Any) -> Exchange:
    settings: dict[str, Any] = {
        "exchange_id": f"x{number}",
        "resource_path": "/users/{userId}",
        "http_method": http_method,
        "origin": Origin.FUZZING,
        "mode": Mode.POSITIVE,
        "request": HttpRequest(http_method=http_method, url=f"{INVOKE_URL}{path}?a={number}&a=%20"),
        "response": HttpResponse(status=200),
        "sent_at": NOW,
        "elapsed_ms": 1.0,
        "trace_id": "1-00000009-0123456789abcdef01234567",
    }
    return Exchange(**{**settings, **changes})


def _chosen(*exchanges: Exchange, level: str = "OFF", **settings: Any) -> list[str]:
    arguments = {"executions": ALL_READ, "destructive_traffic": True, **settings}
    configuration = _configuration(level, data_trace=arguments.pop("data_trace", True))
    chosen = test_invocations.repeatable(exchanges, configuration, API, **arguments)
    return [one.exchange.exchange_id for one in chosen]


class Clock:
    """A clock that only sleeping moves."""

    now_s = 0.0

    def monotonic(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds


def _collect(
    stub: list[tuple[str, Any]], *exchanges: Exchange, configuration: Configuration | None = None
) -> Collected[tuple[Exchange, Execution]]:
    """Collect with answers: an error code, or a request id and what the call must have been."""
    session = AwsSession(
        session=boto3.Session("none", "none", region_name="us-east-1"), region="us-east-1", given_endpoint_url=None
    )
    clock = Clock()
    with Stubber(session.client("apigateway")) as stubber:
        for answer, expected in stub:
            if answer.endswith("Exception"):
                stubber.add_client_error("test_invoke_method", service_error_code=answer, service_message="no")
            else:
                answered = {"status": 200, "body": "{}", "latency": 7, "multiValueHeaders": {"X-A": ["1", "2"]}}
                log = LOG.format(request_id=answer) if answer != "no log" else ""
                stubber.add_response("test_invoke_method", {**answered, "log": log}, expected)
        found = test_invocations.collect_test_invocations(
            session,
            configuration or _configuration(),
            rest_api_id="api1",
            exchanges=exchanges,
            executions=NOT_READ,
            destructive_traffic=False,
            patience=Patience(deadline_s=20.0, given_sleep=clock.sleep, monotonic=clock.monotonic),
        )
        stubber.assert_no_pending_responses()
    return found


def test_an_exchange_is_repeated_with_what_it_sent_and_joins_its_execution() -> None:
    headers = Headers([("Host", "h"), ("Accept", "a/b"), ("X-B", "1"), ("X-B", "2"), ("Content-Type", "text/plain")])
    request = HttpRequest(http_method="GET", url=f"{INVOKE_URL}/users/1?a=%20&a=2", headers=headers)
    expected = {
        "restApiId": "api1",
        "resourceId": "r1",
        "httpMethod": "GET",
        "pathWithQueryString": "/users/1?a=%20&a=2",
        "multiValueHeaders": {"Accept": ["a/b"], "X-B": ["1", "2"], "Content-Type": ["application/json"]},
        "stageVariables": {"v": "1"},
    }
    found = _collect([("rid-1", expected)], _exchange(request=request, intent="odd"))

    assert (found.completeness.expected, found.completeness.found, found.missing) == (1, 1, None)
    ((exchange, execution),) = found.items
    assert (exchange.exchange_id, exchange.origin) == ("test-invoke-x1", Origin.TEST_INVOKE)
    assert exchange.intent == "x1 repeated as a test invocation: odd"
    assert exchange.request.headers.get_all("content-type") == ("application/json",)
    assert exchange.response is not None
    assert (exchange.response.status, exchange.response.body, exchange.elapsed_ms) == (200, b"{}", 7.0)
    assert exchange.response.headers.get_all("X-A") == ("1", "2")
    assert (execution.request_id, execution.status) == ("rid-1", 200)
    (transaction,) = join([exchange], [execution], [], [])
    assert transaction.execution == Present(value=execution)


def test_a_denied_call_is_missing_with_the_permission_and_asked_for_once() -> None:
    found = _collect([("AccessDeniedException", None)], _exchange(1), _exchange(2))
    assert found.items == ()
    assert found.missing is not None
    assert found.missing.aws_error_code == "AccessDeniedException"
    assert found.missing.remedy == (
        "allow apigateway:POST on arn:aws:apigateway:us-east-1::/restapis/api1/resources/r1/methods/GET"
    )
    assert (found.completeness.expected, found.completeness.found) == (2, 0)
    assert found.completeness.missing == ("test-invoke-x1", "test-invoke-x2")
    assert found.completeness.remedy == found.missing.remedy


def test_a_method_that_is_denied_does_not_keep_others_from_being_run() -> None:
    other = _exchange(2, path="/mock", resource_path="/mock")
    found = _collect([("AccessDeniedException", None), ("rid-1", None)], _exchange(1), other)
    assert [exchange.exchange_id for exchange, _ in found.items] == ["test-invoke-x2"]
    assert (found.completeness.expected, found.completeness.found) == (2, 1)


def test_throttled_calls_are_waited_for() -> None:
    throttled = [("TooManyRequestsException", None)] * 2
    found = _collect([*throttled, ("rid-1", None)], _exchange())
    assert (len(found.items), found.missing) == (1, None)


def test_throttling_that_stays_ends_with_a_reason() -> None:
    pauses = (2, 4, 8, 16)  # until the deadline of 20 seconds is over
    throttled = [("TooManyRequestsException", None)] * (len(pauses) + 1)
    found = _collect([*throttled], _exchange(1), _exchange(2))
    assert found.missing is not None
    assert found.missing.aws_error_code == "TooManyRequestsException"
    assert found.completeness.found == 0


@pytest.mark.parametrize(
    ("answers", "reason"), [(["no log"], "no execution log"), (["r", "r"], "no request id of its")]
)
def test_an_answer_without_a_log_of_its_own_is_missing(answers: list[str], reason: str) -> None:
    exchanges = [_exchange(number) for number in range(len(answers))]
    found = _collect([(answer, None) for answer in answers], *exchanges)
    assert found.missing is not None
    assert reason in found.missing.reason
    assert found.completeness.expected - found.completeness.found == 1


def test_without_the_current_configuration_nothing_is_run() -> None:
    denied = Missing(reason="denied", remedy="allow apigateway:GET")
    found = _collect([], _exchange(), configuration=_configuration(rest_api=denied))
    assert (found.items, found.missing) == ((), denied)


@pytest.mark.parametrize(
    ("level", "data_trace", "executions", "is_needed"),
    [
        ("OFF", True, ALL_READ, True),
        ("ERROR", True, ALL_READ, True),
        ("INFO", False, ALL_READ, True),
        ("INFO", True, NOT_READ, True),
        ("INFO", True, ALL_READ, False),
    ],
)
def test_only_what_the_stage_does_not_log_is_repeated(
    level: str, data_trace: bool, executions: Completeness, is_needed: bool
) -> None:
    chosen = _chosen(_exchange(), level=level, data_trace=data_trace, executions=executions)
    assert bool(chosen) is is_needed


def test_unsafe_methods_are_run_on_destructive_traffic_only() -> None:
    assert _chosen(_exchange(1, "PUT"), _exchange(2), destructive_traffic=False) == ["x2"]
    assert set(_chosen(_exchange(1, "PUT"), _exchange(2))) == {"x1", "x2"}


@pytest.mark.parametrize(
    "changes",
    [
        {"response": None},
        {"path": "/proxy", "resource_path": "/proxy"},
        {"path": "/other", "resource_path": "/users/{userId}"},
        {"resource_path": None},
        {"request": HttpRequest(http_method="HEAD", url=f"{INVOKE_URL}/users/1")},
        {"request": HttpRequest(http_method="GET", url=f"{INVOKE_URL}/users/1", body=b"\xff")},
        {"origin": Origin.TEST_INVOKE},
        {
            "request": HttpRequest(
                http_method="GET",
                url=f"{INVOKE_URL}/users/1",
                headers=Headers([("Content-Type", "text/xml")]),
                body=b"<a/>",
            )
        },
    ],
)
def test_what_a_test_invocation_cannot_repeat_or_proves_nothing_is_left_out(changes: dict[str, Any]) -> None:
    assert _chosen(_exchange(1, **changes)) == []


def test_some_of_each_operation_and_status_are_chosen_breakers_first() -> None:
    many = [_exchange(number) for number in range(100)]
    breaker = _exchange(200, origin=Origin.BREAKER)
    refused = _exchange(300, response=HttpResponse(status=400))
    chosen = _chosen(*many, breaker, refused)
    assert chosen[0] == "x200"
    assert len(chosen) == test_invocations.PER_STATUS + 1
    assert "x300" in chosen


def test_what_was_repeated_already_is_not_repeated_when_a_night_goes_on() -> None:
    again = _exchange(1, exchange_id="test-invoke-x1", origin=Origin.TEST_INVOKE)
    assert _chosen(again, _exchange(1), _exchange(2)) == ["x2"]
