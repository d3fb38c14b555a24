"""The events of both payload formats hold a request as AWS documents them."""

from __future__ import annotations

from dataclasses import replace

from gateway.http_api import HttpApi, HttpApiStage, PayloadFormatVersion, Route
from gateway.http_routing import match_route
from gateway.messages import ClientRequest, Headers
from sandbox.http_api.event import function_event
from sandbox.http_api.request import HttpApiRequest
from sandbox.http_api.snapshot import DeployedHttpApi

API = HttpApi(name="notes", routes=(Route(route_key="POST /notes/{noteId}"),), http_api_id="a1")
CLIENT = ClientRequest(
    http_method="POST",
    path="/notes/a%20b",
    query="tag=x&tag=y&q=1",
    headers=Headers(
        [
            ("X-Tag", "1"),
            ("x-tag", "2"),
            ("Cookie", "a=1; b=2"),
            ("Content-Type", "application/json"),
            ("User-Agent", "t"),
        ]
    ),
    body=b'{"a": 1}',
    source_ip="192.0.2.1",
)


def _request(client: ClientRequest = CLIENT, stage: str = "$default") -> HttpApiRequest:
    settings = HttpApiStage(stage_name=stage, stage_variables={"v": "1"})
    return HttpApiRequest(
        deployed=DeployedHttpApi(http_api=API, stage=settings, account_id="1", region="us-east-1"),
        client=client,
        request_id="rid=",
        received_at=0.0,
        trace_header="Root=1-0-0",
        matched=match_route(API, client.http_method, client.path),
        authorizer_context={"role": "writer"},
    )


def test_format_2_joins_repeats_lower_cases_names_and_moves_cookies() -> None:
    event = function_event(_request(), PayloadFormatVersion.TWO)
    assert event["version"] == "2.0"
    assert event["routeKey"] == "POST /notes/{noteId}"
    assert event["headers"]["x-tag"] == "1,2"
    assert "X-Tag" not in event["headers"]
    assert "cookie" not in event["headers"]
    assert event["cookies"] == ["a=1", "b=2"]
    assert event["queryStringParameters"] == {"tag": "x,y", "q": "1"}
    assert event["rawQueryString"] == "tag=x&tag=y&q=1"
    assert event["pathParameters"] == {"noteId": "a b"}
    assert (event["body"], event["isBase64Encoded"]) == ('{"a": 1}', False)
    assert event["requestContext"]["http"]["sourceIp"] == "192.0.2.1"
    assert event["requestContext"]["authorizer"] == {"lambda": {"role": "writer"}}
    assert event["requestContext"]["timeEpoch"] == 0


def test_format_1_keeps_several_values_apart() -> None:
    event = function_event(_request(), PayloadFormatVersion.ONE)
    assert event["version"] == "1.0"
    assert event["resource"] == "/notes/{noteId}"
    assert event["multiValueHeaders"]["x-tag"] == ["1", "2"]
    assert event["multiValueQueryStringParameters"]["tag"] == ["x", "y"]
    assert event["queryStringParameters"]["tag"] == "y"
    assert event["headers"]["cookie"] == "a=1; b=2"
    assert event["requestContext"]["authorizer"] == {"role": "writer"}


def test_a_named_stage_stands_in_the_path() -> None:
    assert function_event(_request(stage="dev"), PayloadFormatVersion.TWO)["rawPath"] == "/dev/notes/a b"


def test_what_is_no_text_is_base64_and_what_is_absent_is_left_out() -> None:
    picture = replace(CLIENT, headers=Headers([("Content-Type", "image/png")]), body=b"\x89", query="")
    event = function_event(_request(picture), PayloadFormatVersion.TWO)
    assert (event["body"], event["isBase64Encoded"]) == ("iQ==", True)
    assert {"cookies", "queryStringParameters"} & event.keys() == set()
    broken = replace(CLIENT, body=b"\xff")
    assert function_event(_request(broken), PayloadFormatVersion.TWO)["isBase64Encoded"] is True
