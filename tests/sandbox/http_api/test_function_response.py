"""What a function returns becomes a response as the payload format says; what is none is a 500."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.http_api import PayloadFormatVersion
from sandbox.http_api.answer import OwnAnswer
from sandbox.http_api.function_response import function_response

ONE, TWO = PayloadFormatVersion.ONE, PayloadFormatVersion.TWO


def _read(value: Any, version: PayloadFormatVersion = TWO) -> Any:
    return function_response(json.dumps(value).encode(), version)


def test_format_2_makes_a_200_of_what_has_no_status() -> None:
    response = _read({"error": "there is no such note"})
    assert (response.status, response.headers.get("content-type")) == (200, "application/json")
    assert json.loads(response.body) == {"error": "there is no such note"}


def test_format_2_answers_a_text_as_it_is() -> None:
    assert _read("Hello").body == b"Hello"


def test_format_1_refuses_what_has_no_status() -> None:
    with pytest.raises(OwnAnswer) as raised:
        _read({"message": "x"}, ONE)
    assert (raised.value.status, raised.value.message) == (500, "Internal Server Error")


def test_status_headers_cookies_and_body_are_taken() -> None:
    response = _read({"statusCode": "201", "headers": {"X-A": 1}, "cookies": ["a=1", "b=2"], "body": "text"})
    assert (response.status, response.body) == (201, b"text")
    assert response.headers.get("x-a") == "1"
    assert response.headers.get_all("set-cookie") == ("a=1", "b=2")
    assert response.headers.get("content-type") == "text/plain; charset=utf-8"


def test_base64_is_undone_and_several_values_win_over_one() -> None:
    answer = {
        "statusCode": 200,
        "headers": {"x-a": "one"},
        "multiValueHeaders": {"X-A": ["two", "three"]},
        "body": "aGk=",
        "isBase64Encoded": True,
    }
    response = _read(answer, ONE)
    assert response.headers.get_all("x-a") == ("two", "three")
    assert response.body == b"hi"


@pytest.mark.parametrize(
    "answer",
    [
        {"statusCode": 99},
        {"statusCode": True},
        {"statusCode": "ok"},
        {"statusCode": 200, "body": {"a": 1}},
        {"statusCode": 200, "body": "no base64!", "isBase64Encoded": True},
        {"statusCode": 200, "headers": ["x"]},
        {"statusCode": 200, "headers": {"x": None}},
        {"statusCode": 200, "cookies": "a=1"},
    ],
)
def test_a_malformed_response_is_refused(answer: dict[str, Any]) -> None:
    with pytest.raises(OwnAnswer):
        _read(answer)


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(OwnAnswer):
        function_response(b"{", TWO)
