"""Parameter mapping of HTTP APIs, as the developer guide's examples have it.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html
"""

from __future__ import annotations

import pytest

from gateway.http_api import HttpApi, HttpApiStage, Route
from gateway.http_routing import MatchedRoute
from gateway.messages import ClientRequest, ClientResponse, Headers
from sandbox.http_api.parameter_mapping import mapped_request, mapped_response
from sandbox.http_api.request import HttpApiRequest
from sandbox.http_api.snapshot import DeployedHttpApi

DEPLOYED = DeployedHttpApi(
    http_api=HttpApi(name="a", http_api_id="abc"),
    stage=HttpApiStage(stage_name="$default", stage_variables={"environmentId": "blue"}),
    account_id="123456789012",
    region="eu-west-1",
)
REQUEST = HttpApiRequest(
    deployed=DEPLOYED,
    client=ClientRequest(
        http_method="POST",
        path="/pets/7",
        query="q=1&q=2&r=3",
        headers=Headers([("Header1", "a"), ("header1", "b")]),
        body=b'{"pet": {"name": "Rex", "tags": ["x"]}}',
    ),
    request_id="rid",
    received_at=1_800_000_000.0,
    trace_header="Root=1",
    matched=MatchedRoute(route=Route(route_key="POST /pets/{petId}"), path_parameters={"petId": "7"}),
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("$request.header.HEADER1", "a,b"),
        ("$request.querystring.q", "1,2"),
        ("$request.body.pet.name", "Rex"),
        ("$request.body.pet.tags[0]", "x"),
        ("$request.path", "/pets/7"),
        ("$request.path.petId", "7"),
        ("$context.requestId", "rid"),
        ("$stageVariables.environmentId", "blue"),
        ("static", "static"),
        ("${request.path.petId} of ${stageVariables.environmentId}", "7 of blue"),
    ],
)
def test_what_a_value_reads(value: str, expected: str) -> None:
    mapped, _ = mapped_request(REQUEST, {"overwrite:header.x": value})
    assert mapped.client.headers.get("x") == expected


def test_headers_are_renamed_appended_and_overwritten() -> None:
    mapped, path = mapped_request(
        REQUEST,
        {
            "remove:header.header1": "''",
            "append:header.header2": "$request.header.header1",
            "append:querystring.r": "4",
            "overwrite:querystring.q": "$request.path.petId",
            "overwrite:path": "/v2/${request.path.petId}",
        },
    )
    assert mapped.client.headers == Headers.of({"header2": "a,b"})
    assert mapped.query == [("r", "3"), ("r", "4"), ("q", "7")]
    assert path == "/v2/7"


def test_appending_to_a_header_joins_by_commas() -> None:
    mapped, _ = mapped_request(REQUEST, {"append:header.header1": "c"})
    assert mapped.client.headers.get_all("header1") == ("a,b,c",)


def test_a_query_without_mappings_stays_as_it_came() -> None:
    assert mapped_request(REQUEST, {"append:header.x": "1"})[0].client.query == "q=1&q=2&r=3"


def test_a_responses_mappings_are_those_of_its_status() -> None:
    parameters = {
        "500": {"append:header.header1": "$context.requestId", "overwrite:statuscode": "403"},
        "404": {
            "append:header.error": "$stageVariables.environmentId",
            "overwrite:header.was": "$response.body.message",
        },
    }
    failed = mapped_response(ClientResponse(status=500), REQUEST, parameters)
    assert (failed.status, failed.headers.get("header1")) == (403, "rid")
    absent = mapped_response(ClientResponse(status=404, body=b'{"message": "no"}'), REQUEST, parameters)
    assert (absent.status, absent.headers.get("error"), absent.headers.get("was")) == (404, "blue", "no")
    fine = ClientResponse(status=200, headers=Headers.of({"a": "1"}))
    assert mapped_response(fine, REQUEST, parameters) == fine
