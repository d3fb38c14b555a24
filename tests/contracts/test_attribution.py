"""Who answered, and whether the backend was reached: read off logs that are whole, cut, at ERROR level or absent."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.attribution import AnsweredBy, answered_by, answered_by_edge, reached_backend
from contracts.evidence import Transaction
from tests.contracts.rule_cases import run_of

STARTED = "Starting execution for request: rid-0"
TRACED = "Method request headers: {Accept=*/*}"
SENT = "Sending request to https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/things/invocations"
RECEIVED = "Received response. Status: 200, Integration latency: 12 ms"
INVALID = "Request body does not match model schema for content type application/json: [Unknown error]"


def _transaction(**told: Any) -> Transaction:
    return run_of({"exchanges": [{"request": "POST /things", "status": 200, **told}]}).transactions[0]


def _by_gateway(error_type: str) -> dict[str, Any]:
    return {"status": 403, "response_headers": {"x-amzn-ErrorType": error_type}}


REACHED: list[tuple[str, dict[str, Any], bool | None]] = [
    ("a call in the log", {"log": [STARTED, SENT, RECEIVED, "Method completed with status: 200"]}, True),
    ("a call whose answer did not come", {"log": [STARTED, SENT]}, True),
    ("only the answer's line", {"log": [RECEIVED]}, True),
    ("a function that raised, at level ERROR", {"log": [
        "Lambda execution failed with status 200 due to customer function error: x. Lambda request id: l"]}, True),
    ("a whole log without a call", {"log": [STARTED, TRACED, "Method completed with status: 400"]}, False),
    ("a mock", {"log": [
        STARTED, TRACED, "Successfully completed execution", "Method completed with status: 200"]}, False),
    ("a log without data trace", {"log": [
        STARTED, "Successfully completed execution", "Method completed with status: 200"]}, None),
    ("only the request id of the endpoint, without data trace", {"log": [
        STARTED, "Method completed with status: 200", "AWS Integration Endpoint RequestId : 7c2f"]}, True),
    ("the validator's line, at level ERROR", {"log": [INVALID, "Method completed with status: 400"]}, False),
    ("the authorizer's refusal", {"log": ["Unauthorized request: rid-0"]}, False),
    ("a throttled key", {"log": [
        "Key throttle limit exceeded for RestApi a, Stage dev, Resource r, HttpMethod POST. Limit: 1.00 Burst: 1"]},
     False),
    ("a status alone, at level ERROR", {"log": ["Method completed with status: 422"], "status": 422}, None),
    ("a log that did not come as a whole", {"log": [STARTED], "status": 422}, None),
    ("the integration's status in the access log", {"access": {"integrationStatus": "200"}}, True),
    ("an answer of the gateway", _by_gateway("ForbiddenException"), False),
    ("a failed integration without logs", _by_gateway("InternalServerErrorException"), None),
    ("an answer of the backend without logs", {}, None),
    ("no answer", {"status": None}, None),
]  # fmt: skip


@pytest.mark.parametrize(("told", "reached"), [case[1:] for case in REACHED], ids=[case[0] for case in REACHED])
def test_whether_the_backend_was_reached(told: dict[str, Any], reached: bool | None) -> None:
    assert reached_backend(_transaction(**told)) is reached


ANSWERED: list[tuple[dict[str, Any], AnsweredBy]] = [
    ({}, AnsweredBy.BACKEND),
    ({"status": None}, AnsweredBy.NOBODY),
    (_by_gateway("ForbiddenException"), AnsweredBy.API_KEY),
    ({**_by_gateway("ForbiddenException"), "access": {"error.responseType": "WAF_FILTERED"}}, AnsweredBy.WAF),
    (_by_gateway("BadRequestException"), AnsweredBy.VALIDATOR),
    (_by_gateway("UnauthorizedException"), AnsweredBy.AUTHORIZER),
    (_by_gateway("MissingAuthenticationTokenException"), AnsweredBy.ROUTING),
    (_by_gateway("IncompleteSignatureException"), AnsweredBy.ROUTING),
    (
        {
            **_by_gateway("IncompleteSignatureException"),
            "access": {"error.responseType": "DEFAULT_4XX", "resourcePath": "/things"},
        },
        AnsweredBy.AUTHORIZER,
    ),
    (
        {
            **_by_gateway("IncompleteSignatureException"),
            "access": {"error.responseType": "DEFAULT_4XX"},
        },
        AnsweredBy.ROUTING,
    ),
    ({**_by_gateway("BadRequestException"), "status": 415}, AnsweredBy.MAPPING),
    (_by_gateway("TooManyRequestsException:http://internal.amazon.com/"), AnsweredBy.THROTTLE),
    (_by_gateway("SomethingNewException"), AnsweredBy.INTEGRATION),
    ({"status": 400, "response_headers": {"x-amzn-RequestId": None}}, AnsweredBy.EDGE),
    ({"status": 400, "response_headers": {"x-amzn-RequestId": None, "x-amz-apigw-id": "e"}}, AnsweredBy.BACKEND),
    ({"status": 200, "response_headers": {"x-amzn-RequestId": None}}, AnsweredBy.BACKEND),
]


@pytest.mark.parametrize(("told", "who"), ANSWERED)
def test_who_answered(told: dict[str, Any], who: AnsweredBy) -> None:
    transaction = _transaction(**told)
    assert answered_by(transaction) is who
    assert answered_by_edge(transaction) is (who is AnsweredBy.EDGE)


def test_a_mock_answers_in_the_integration() -> None:
    log = [STARTED, TRACED, "Successfully completed execution", "Method completed with status: 200"]
    assert answered_by(_transaction(log=log)) is AnsweredBy.INTEGRATION
