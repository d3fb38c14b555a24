"""Requests at the edges: what is sent, what it means, and what a stage that may not be written to is spared."""

from __future__ import annotations

import copy
import gzip
import json
from typing import Any

import pytest

from contracts.contract import Contract, contract_of
from contracts.evidence import Mode, Origin
from gateway.messages import Headers
from gateway.rest_api import RestApi
from probes.authentication import Credentials
from probes.edge_requests import edge_requests
from probes.http_probe import HttpProbe
from probes.safety import permitted

CREDENTIALS = Credentials(api_key="the-key", authorization="the-token")
LAMBDA = {
    "type": "aws_proxy",
    "httpMethod": "POST",
    "uri": "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
    "arn:aws:lambda:us-east-1:123456789012:function:f/invocations",
}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.1",
    "info": {"title": "things", "version": "1"},
    "x-amazon-apigateway-binary-media-types": ["image/png"],
    "paths": {
        "/things/{thingId}": {
            "get": {
                "parameters": [
                    {"name": "thingId", "in": "path", "required": True, "schema": {"type": "string", "example": "t1"}},
                    {"name": "tag", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}},
                ],
                "responses": {"200": {"description": "ok", "content": {"image/png": {}}}},
                "x-amazon-apigateway-integration": LAMBDA,
            },
            "put": {
                "parameters": [
                    {"name": "thingId", "in": "path", "required": True, "schema": {"type": "string", "example": "t1"}}
                ],
                "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
                "responses": {"200": {"description": "ok"}},
                "x-amazon-apigateway-integration": LAMBDA,
            },
        },
        "/search": {
            "get": {
                "parameters": [
                    {"name": "q", "in": "query", "schema": {"type": "string"}},
                    {"name": "limit", "in": "query", "schema": {"type": "integer"}},
                ],
                "responses": {"200": {"description": "ok", "content": {"application/json": {}}}},
                "x-amazon-apigateway-integration": LAMBDA,
            }
        },
    },
}


@pytest.fixture
def contract() -> Contract:
    return contract_of(copy.deepcopy(DOCUMENT), source="test")


def _permitted(
    contract: Contract, deployed: RestApi | None, *, destructive_traffic: bool = False
) -> tuple[HttpProbe, ...]:
    found = edge_requests(contract, contract.operations, CREDENTIALS, deployed=deployed)
    return permitted(found, contract, deployed=deployed, destructive_traffic=destructive_traffic)


def _sent(contract: Contract, *, destructive_traffic: bool = False) -> dict[str, HttpProbe]:
    probes = _permitted(contract, contract.rest_api, destructive_traffic=destructive_traffic)
    return {f"{probe.http_method} {probe.path.split('/')[1]}: {probe.intent}": probe for probe in probes}


def test_every_edge_is_sent_once(contract: Contract) -> None:
    assert list(_sent(contract, destructive_traffic=True)) == [
        "GET things: a trailing slash",
        "GET things: an override of the method: PATCH",
        "GET things: encoded characters in path:thingId",
        "GET things: query:tag repeated",
        "GET things: header names in odd case",
        "GET things: a header sent twice",
        "GET things: an Accept whose first type is not the binary one",
        "PUT things: a content type with a charset",
        "GET search: a trailing slash",
        "GET search: an override of the method: PATCH",
        "GET search: encoded characters in query:q",
        "GET search: header names in odd case",
        "GET search: a header sent twice",
        "GET search: an answer without compression",
    ]


def test_a_trailing_slash_addresses_no_operation_and_is_predicted_to_be_left_out(contract: Contract) -> None:
    probe = _sent(contract)["GET search: a trailing slash"]
    assert (probe.path, probe.resource_path, probe.violates) == ("/search/", None, ("path",))
    assert probe.prediction is not None
    assert probe.prediction.reaches_backend is True


def test_an_override_is_predicted_to_be_refused(contract: Contract) -> None:
    probe = _sent(contract)["GET search: an override of the method: PATCH"]
    assert probe.headers.get("x-http-method-override") == "PATCH"
    assert probe.prediction is not None
    assert probe.prediction.gateway_response == "MISSING_AUTHENTICATION_TOKEN"


def test_a_stage_that_may_not_be_written_to_gets_safe_methods_only(contract: Contract) -> None:
    assert {probe.http_method for probe in _sent(contract).values()} == {"GET"}


@pytest.mark.parametrize(("destructive_traffic", "is_sent"), [(False, False), (True, True)])
def test_an_override_that_a_deployed_any_would_serve_counts_as_writing(
    contract: Contract, destructive_traffic: bool, is_sent: bool
) -> None:
    open_document = copy.deepcopy(DOCUMENT)
    open_document["paths"]["/search"]["x-amazon-apigateway-any-method"] = {"x-amazon-apigateway-integration": LAMBDA}
    deployed = contract_of(open_document, source="test").rest_api
    probes = _permitted(contract, deployed, destructive_traffic=destructive_traffic)
    overridden = [probe for probe in probes if probe.path == "/search" and "override" in probe.intent]
    assert bool(overridden) is is_sent


def test_without_the_deployed_api_no_override_is_sent_to_a_stage_that_may_not_be_written_to(contract: Contract) -> None:
    probes = _permitted(contract, None)
    assert not [probe for probe in probes if "override" in probe.intent]


def test_characters_are_encoded_once(contract: Contract) -> None:
    sent = _sent(contract)
    assert sent["GET search: encoded characters in query:q"].query == "q=a%3Bb%7Cc%2Bd%20e%25f%26g%3Dh"
    assert sent["GET things: encoded characters in path:thingId"].path == "/things/a%2Fb%20c%2Bd%25e"


def test_a_value_that_the_contract_refuses_is_negative() -> None:
    document = copy.deepcopy(DOCUMENT)
    document["paths"]["/search"]["get"]["parameters"][0]["schema"]["pattern"] = "^[a-z]*$"
    probe = _sent(contract_of(document, source="test"))["GET search: encoded characters in query:q"]
    assert (probe.mode, probe.violates, probe.origin) == (Mode.NEGATIVE, ("query:q",), Origin.PROVOCATION)


def test_a_list_is_repeated_and_a_number_is_not(contract: Contract) -> None:
    sent = _sent(contract)
    first, second = sent["GET things: query:tag repeated"].query.split("&")
    assert first == second
    assert first.startswith("tag=")
    assert "GET search: query:limit repeated" not in sent


def test_accept_names_another_type_before_the_binary_one(contract: Contract) -> None:
    probe = _sent(contract)["GET things: an Accept whose first type is not the binary one"]
    assert probe.headers == Headers.of({"Accept": "text/html,image/png,*/*;q=0.8"})
    assert probe.mode is Mode.POSITIVE


def test_header_names_are_spelt_oddly_and_fields_repeat(contract: Contract) -> None:
    sent = _sent(contract)
    assert ("aCCEPT-lANGUAGE", "en") in sent["GET search: header names in odd case"].headers.items()
    assert sent["GET search: a header sent twice"].headers.get_all("X-Stageproof-Repeated") == ("one", "two")


def test_a_list_with_pipes_is_sent_as_the_contract_writes_it() -> None:
    document = copy.deepcopy(DOCUMENT)
    listed = {"name": "tag", "in": "query", "style": "pipeDelimited", "explode": False, "schema": {"type": "array"}}
    document["paths"]["/search"]["get"]["parameters"].append(listed)
    probe = _sent(contract_of(document, source="test"))["GET search: query:tag with a bare pipe"]
    assert "tag=probe|probe" in probe.query
    assert probe.prediction is not None
    assert (probe.prediction.answered_by, probe.prediction.statuses) == ("edge", (400,))


def test_a_compressed_body_is_sent_where_the_api_takes_one() -> None:
    document = copy.deepcopy(DOCUMENT)
    document["x-amazon-apigateway-minimum-compression-size"] = 0
    probe = _sent(contract_of(document, source="test"), destructive_traffic=True)["PUT things: a compressed body"]
    assert probe.headers.get("content-encoding") == "gzip"
    assert json.loads(gzip.decompress(probe.body)) == {}


def test_a_binary_body_is_sent_where_the_operation_takes_one() -> None:
    document = copy.deepcopy(DOCUMENT)
    document["paths"]["/things/{thingId}"]["put"]["requestBody"]["content"]["image/png"] = {}
    probe = _sent(contract_of(document, source="test"), destructive_traffic=True)["PUT things: a binary body"]
    assert probe.headers.get("content-type") == "image/png"
    with pytest.raises(UnicodeDecodeError):
        probe.body.decode()
