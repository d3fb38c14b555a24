"""The oracle: a healthy execution is explained by its log, a wrong mapping is not, and what is unknown is said."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.execution import Execution, LoggedText, LogLine
from gateway.execution_log import read, write
from gateway.messages import (
    ClientRequest,
    EndpointResponse,
    GatewayContext,
    Headers,
    UsagePlanDecision,
    UsagePlanRequest,
    UsagePlanResponse,
)
from gateway.pipeline import execute
from gateway.replay import expected_endpoint_request, expected_method_response
from gateway.rest_api import (
    GatewayResponseType,
    Integration,
    IntegrationResponse,
    IntegrationType,
    Method,
    MethodResponse,
    Model,
    RequestValidator,
    Resource,
    RestApi,
    Stage,
)

_URI = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:1:function:f/invocations"
_STAGE = Stage(stage_name="dev", variables={"c": "red"})
_DECLARED = {"method.request.querystring.q": False, "method.request.header.X-In": False}


def _method(**changes: Any) -> Method:
    responses = (
        IntegrationResponse(
            status_code="200",
            response_parameters={"method.response.header.X-Out": "integration.response.header.x-from"},
            response_templates={"application/json": '{"got": $input.json("$.value"), "q": "$input.params(\'q\')"}'},
        ),
        IntegrationResponse(status_code="404", selection_pattern=".*gone.*"),
    )
    values: dict[str, Any] = {
        "integration_type": IntegrationType.AWS,
        "http_method": "POST",
        "uri": _URI,
        "request_parameters": {"integration.request.header.X-Mapped": "method.request.header.X-In"},
        "request_templates": {
            "application/json": '{"id": "$input.params(\'id\')", "r": "$context.requestId", "c": "$stageVariables.c"}',
        },
        "integration_responses": responses,
        **changes,
    }
    declared = {"method.response.header.X-Out": False}
    return Method(
        http_method="POST",
        request_parameters=_DECLARED,
        integration=Integration(**values),
        method_responses=(
            MethodResponse(status_code="200", response_parameters=declared),
            MethodResponse(status_code="404"),
        ),
    )


def _api(method: Method, **changes: Any) -> RestApi:
    return RestApi(name="a", resources=(Resource(path="/items/{id}", methods=(method,)),), **changes)


def _logged(
    method: Method, request: ClientRequest | None = None, answer: EndpointResponse | None = None, **changes: Any
) -> Execution:
    """Run the request and read what the log tells of it."""
    context = GatewayContext(
        request_id="rid",
        extended_request_id="ext=",
        rest_api_id="abc",
        stage_name="dev",
        requested_at=datetime(2026, 11, 22, tzinfo=UTC),
        trace_id="1-a-b",
        domain_name="abc.test",
    )
    request = request or ClientRequest(http_method="POST", path="/items/7", body=b'{"a": 1}')
    steps = execute(_api(method, **changes), _STAGE, request, context)
    try:
        effect = next(steps)
        while True:
            planned = isinstance(effect, UsagePlanRequest)
            allowed = UsagePlanResponse(decision=UsagePlanDecision.ALLOWED)
            effect = steps.send(allowed if planned else answer or EndpointResponse(body=b'{"value": 5}'))
    except StopIteration as stopped:
        lines = write(stopped.value.execution, logging_level="INFO", data_trace_enabled=True)
        return read(LogLine(text=line) for line in lines)


def test_a_healthy_execution_is_explained() -> None:
    method = _method()
    request = ClientRequest(
        http_method="POST", path="/items/7", query="q=x", headers=Headers([("X-In", "i")]), body=b'{"a": 1}'
    )
    answer = EndpointResponse(body=b'{"value": 5}', headers=Headers([("X-From", "f")]))
    execution = _logged(method, request, answer)
    sent = expected_endpoint_request(_api(method), method, execution, _STAGE)
    assert sent.unknown == {}
    assert execution.endpoint_request_body == LoggedText(text=sent.body or "")
    assert (sent.uri, sent.headers) == (execution.endpoint_uri, {"X-Mapped": "i"})
    got = expected_method_response(_api(method), method, execution, _STAGE)
    assert got.unknown == {}
    assert (got.status, got.body) == (200, '{"got": 5, "q": "x"}')
    assert execution.response_body == LoggedText(text=got.body or "")
    assert got.headers["X-Out"] == "f"


@pytest.mark.parametrize(
    "deployed",
    [
        {"request_templates": {"application/json": '{"id": "$input.params(\'q\')"}'}},
        {"request_parameters": {"integration.request.header.X-Other": "method.request.header.X-In"}},
        {"request_templates": {}},
    ],
    ids=["wrong field", "dropped header", "template gone"],
)
def test_another_request_mapping_does_not_explain_it(deployed: dict[str, Any]) -> None:
    request = ClientRequest(http_method="POST", path="/items/7", headers=Headers([("X-In", "i")]), body=b'{"a": 1}')
    execution = _logged(_method(), request)
    meant = _method(**deployed)
    sent = expected_endpoint_request(_api(meant), meant, execution, _STAGE)
    assert execution.endpoint_request_headers is not None
    logged = {name: execution.endpoint_request_headers.get(name) for name in sent.headers}
    assert (sent.body, sent.headers) != (
        execution.endpoint_request_body and execution.endpoint_request_body.text,
        logged,
    )


def test_a_function_error_is_matched_by_its_message() -> None:
    method = _method()
    answer = EndpointResponse(body=b'{"errorMessage": "it is gone"}', function_error="Unhandled")
    execution = _logged(method, None, replace(answer, headers=Headers([("X-Amz-Function-Error", "Unhandled")])))
    got = expected_method_response(_api(method), method, execution, _STAGE)
    assert (got.status, got.selection_pattern) == (404, ".*gone.*")


def test_a_time_in_the_template_is_unknown_unless_it_is_given() -> None:
    method = _method(request_templates={"application/json": '{"at": "$context.requestTime"}'})
    execution = _logged(method)
    unknown = expected_endpoint_request(_api(method), method, execution, _STAGE)
    assert unknown.body is None
    assert "$context.requestTime" in unknown.unknown["body"]
    given_time = {"requestTime": "22/Nov/2026:00:00:00 +0000"}
    known = expected_endpoint_request(_api(method), method, execution, _STAGE, context=given_time)
    assert known.unknown == {}
    assert execution.endpoint_request_body == LoggedText(text=known.body or "")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("$context.identity.cognitoIdentityId", "identity.cognitoIdentityId"),
        ("$context.identity.user.toString()", "identity.user"),
        ("$context.requestTimeEpoch", "requestTimeEpoch"),
        ("#set($c = $context)$c.protocol", ""),
        ("$context.identity.keySet()", "identity"),
        ("$util.escapeJavaScript($context.protocol)", "protocol"),
    ],
)
def test_whatever_is_read_of_the_context_and_not_logged_is_unknown(text: str, name: str) -> None:
    method = _method(request_templates={"application/json": f'{{"x": "{text}"}}'})
    sent = expected_endpoint_request(_api(method), method, _logged(method), _STAGE)
    assert name in sent.unknown["body"]
    quiet = _method(request_templates={"application/json": f'#set($x = "{text}"){{}}'})
    assert expected_endpoint_request(_api(quiet), quiet, _logged(quiet), _STAGE).unknown == {}


def test_what_the_log_holds_of_the_context_is_known() -> None:
    names = ("requestId", "httpMethod", "path", "resourcePath", "identity.sourceIp", "stage")
    text = " ".join(f"$context.{name}" for name in names)
    method = _method(request_templates={"application/json": f'{{"x": "{text} $context.authorizer.gone"}}'})
    execution = _logged(method)
    sent = expected_endpoint_request(_api(method), method, execution, _STAGE)
    assert sent.unknown == {}
    assert execution.endpoint_request_body == LoggedText(text=sent.body or "")


def test_a_masked_header_is_unknown() -> None:
    template = {"application/json": '{"token": "$input.params(\'Authorization\')"}'}
    method = _method(request_templates=template)
    request = ClientRequest(http_method="POST", path="/items/7", headers=Headers([("Authorization", "Bearer abcdef")]))
    unknown = expected_endpoint_request(_api(method), method, _logged(method, request), _STAGE)
    assert "Authorization" in unknown.unknown["body"]
    untouched = _method()
    assert expected_endpoint_request(_api(untouched), untouched, _logged(untouched, request), _STAGE).unknown == {}


def test_a_cut_header_map_makes_only_what_hangs_on_it_unknown() -> None:
    method = _method()
    execution = _logged(method)
    assert execution.request_headers is not None
    cut = replace(execution, request_headers=replace(execution.request_headers, truncated=True))
    sent = expected_endpoint_request(_api(method), method, cut, _STAGE)
    assert sent.body is not None
    assert list(sent.unknown) == ["header.X-Mapped"]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"request_body": None}, "data trace"),
        ({"request_body": LoggedText(text="{", truncated=True)}, "1,024"),
        ({"request_body": LoggedText(text="[Binary Data]")}, "binary"),
        ({"request_headers": None}, "data trace"),
    ],
)
def test_without_its_input_nothing_is_said_of_the_request(changes: dict[str, Any], why: str) -> None:
    method = _method()
    sent = expected_endpoint_request(_api(method), method, replace(_logged(method), **changes), _STAGE)
    assert sent.body is None
    assert why in sent.unknown["body"]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"endpoint_response_body": None}, "data trace"),
        ({"endpoint_response_body": LoggedText(text="{", truncated=True)}, "1,024"),
        ({"endpoint_status": None, "integration_latency_ms": None}, "status"),
    ],
)
def test_without_its_input_nothing_is_said_of_the_response(changes: dict[str, Any], why: str) -> None:
    method = _method()
    got = expected_method_response(_api(method), method, replace(_logged(method), **changes), _STAGE)
    assert got.status is None
    assert why in got.unknown["status"]


def test_a_request_that_should_have_been_refused() -> None:
    strict = replace(_method(), request_validator_name="body", request_models={"application/json": "M"})
    parts = {
        "models": {"M": Model(name="M", schema='{"type":"array"}')},
        "request_validators": {"body": RequestValidator(name="body", validate_request_body=True)},
    }
    sent = expected_endpoint_request(_api(strict, **parts), strict, _logged(_method()), _STAGE)
    assert sent.refused is GatewayResponseType.BAD_REQUEST_BODY


def test_repeated_parameters_are_unknown_unless_the_query_is_given() -> None:
    method = _method(integration_type=IntegrationType.HTTP_PROXY, uri="http://b.test/")
    request = ClientRequest(http_method="POST", path="/items/7", query="q=1&q=2")
    execution = _logged(method, request)
    assert (
        "repeated query parameters" in expected_endpoint_request(_api(method), method, execution, _STAGE).unknown["uri"]
    )
    known = expected_endpoint_request(_api(method), method, execution, _STAGE, query="q=1&q=2")
    assert known.uri == execution.endpoint_uri == "http://b.test/?q=1&q=2"


def test_a_mock_is_explained() -> None:
    method = _method(
        integration_type=IntegrationType.MOCK, request_templates={"application/json": '{"statusCode": 200}'}
    )
    execution = _logged(method)
    assert expected_endpoint_request(_api(method), method, execution, _STAGE).mock_status == 200
    got = expected_method_response(_api(method), method, execution, _STAGE)
    assert execution.response_body == LoggedText(text=got.body or "")


_SAFE = st.text(st.characters(exclude_categories=["Cs"]), max_size=20).filter(lambda text: "," not in text)


@settings(max_examples=150)
@given(st.dictionaries(st.sampled_from(["a", "value", "name"]), _SAFE | st.integers() | st.none()), _SAFE)
def test_every_healthy_execution_is_explained(document: dict[str, object], value: str) -> None:
    template = (
        '{"all": $input.json("$"), "name": "$util.escapeJavaScript($input.path("$.name"))", "b": "$input.params("id")"}'
    )
    method = _method(
        integration_type=IntegrationType.HTTP, uri="http://b.test/", request_templates={"application/json": template}
    )
    body = json.dumps(document).encode()
    execution = _logged(
        method,
        ClientRequest(http_method="POST", path="/items/7", body=body),
        EndpointResponse(body=json.dumps({"value": value}).encode()),
    )
    sent = expected_endpoint_request(_api(method), method, execution, _STAGE)
    got = expected_method_response(_api(method), method, execution, _STAGE)
    if sent.refused is None and execution.response_body is not None:
        assert execution.endpoint_request_body == LoggedText(text=sent.body or "")
        assert execution.response_body == LoggedText(text=got.body or "")
        assert sent.unknown == got.unknown == {}
