"""TestInvokeMethod runs the method as it is now, without its authorizer, and tells its log."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.execution import Execution, LoggedMap, LoggedText
from gateway.messages import ClientResponse, Headers
from gateway.rest_api import AuthorizationType
from sandbox.aws_side import start_aws_side
from sandbox.control_plane.test_invoke import TestInvocation, TestInvocationResult, log_text, set_runner
from sandbox.deploy import AwsClients

EXECUTION = Execution(
    request_id="4e2f9c5e-0000-4000-8000-000000000000",
    extended_request_id="abc=",
    usage_plan_checked=True,
    trace_id="1-5e1b4151-5ac6c58dc39a6b1d7b2f0a3e",
    started=True,
    http_method="GET",
    resource_path="/",
    request_headers=LoggedMap(items=(("Content-Type", "application/json"),)),
    request_body=LoggedText(text="x" * 3000),
    completed=True,
    status=200,
)


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    side = start_aws_side()
    yield AwsClients.local(side.endpoint_url).get("apigateway")
    side.stop()


def test_a_method_is_run_open_and_its_log_told(client: Any) -> None:
    asked: list[TestInvocation] = []

    def run(invocation: TestInvocation) -> TestInvocationResult:
        asked.append(invocation)
        headers = Headers([("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
        response = ClientResponse(status=200, headers=headers, body="ü".encode())
        return TestInvocationResult(response=response, execution=EXECUTION, latency_ms=12)

    set_runner(run)
    api = client.create_rest_api(name="pets")
    where = {"restApiId": api["id"], "resourceId": api["rootResourceId"], "httpMethod": "GET"}
    client.put_method(**where, authorizationType="AWS_IAM", apiKeyRequired=True)
    client.put_integration(**where, type="MOCK", requestTemplates={"application/json": "{}"})
    answer = client.test_invoke_method(
        **where,
        pathWithQueryString="/?a=1",
        headers={"Accept": "text/plain", "content-type": "text/xml"},
        stageVariables={"v": "1"},
        body="{}",
    )

    assert (answer["status"], answer["body"], answer["latency"]) == (200, "ü", 12)
    assert answer["multiValueHeaders"] == {"Set-Cookie": ["a=1", "b=2"]}
    assert answer["log"].startswith(f"Execution log for request {EXECUTION.request_id}\n")
    assert "Method completed with status: 200" in answer["log"]
    (invocation,) = asked
    method = invocation.rest_api.method("/", "GET")
    assert method is not None
    assert (method.authorization_type, method.api_key_required) == (AuthorizationType.NONE, False)
    assert (invocation.request.path, invocation.request.query, invocation.request.body) == ("/", "a=1", b"{}")
    assert invocation.request.headers.get_all("content-type") == ("application/json",)
    assert (invocation.stage.stage_name, invocation.stage.variables) == ("test-invoke-stage", {"v": "1"})


def test_every_line_of_the_log_has_its_time_and_none_is_cut() -> None:
    first, *lines = log_text(EXECUTION, logged_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)).splitlines()
    assert first == f"Execution log for request {EXECUTION.request_id}"
    assert all(re.match(r"Fri Jan 02 03:04:05 UTC 2026 : \S", line) for line in lines)
    assert "Starting execution for request" in lines[0]
    assert not any("Usage Plan" in line or "Extended" in line for line in lines)
    assert any("x" * 3000 in line for line in lines)
