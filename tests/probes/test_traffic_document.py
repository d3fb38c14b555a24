from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.openapi import read
from gateway.rest_api import RestApi
from probes.authentication import SecurityNeeds
from probes.traffic_document import NoOperationError, TrafficDocument, is_chosen, traffic_document

OK = {"200": {"description": "ok"}}
PROXY: dict[str, Any] = {
    "openapi": "3.0.1",
    "info": {"title": "proxy", "version": "1"},
    "paths": {
        "/files/{proxy+}": {
            "get": {"operationId": "getFile", "responses": OK},
            "x-amazon-apigateway-any-method": {
                "operationId": "anyFile",
                "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
                "parameters": [{"name": "proxy+", "in": "path", "required": True, "schema": {"type": "string"}}],
            },
        },
        "/health": {"get": {"responses": OK}},
    },
}


def prepared(document: dict[str, Any], **settings: Any) -> TrafficDocument:
    return traffic_document(document, RestApi(name="x"), **{"destructive_traffic": True, **settings})


def names(document: TrafficDocument) -> list[str]:
    return [operation.name for operation in document.operations]


def test_any_method_and_greedy_paths_are_expanded_and_find_the_way_back() -> None:
    document = prepared(PROXY)
    any_names = [
        f"{method} /files/{{proxy+}}" for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
    ]
    assert names(document) == [*any_names, "GET /health"]
    item = document.document["paths"]["/files/{proxy}"]
    assert item["get"]["operationId"] == "getFile"
    assert item["post"]["operationId"] == "anyFile_post"
    assert "requestBody" in item["post"]
    assert "requestBody" not in item["delete"]
    assert item["post"]["parameters"][0]["name"] == "proxy"
    assert [parameter["name"] for parameter in item["parameters"]] == ["proxy"]
    assert document.operations[2].label == "POST /files/{proxy}"


def test_the_contract_itself_is_left_as_it_is() -> None:
    before = repr(PROXY)
    prepared(PROXY)
    assert repr(PROXY) == before


def test_a_greedy_parameter_of_swagger_has_its_type_beside_it() -> None:
    document = {"swagger": "2.0", "paths": {"/{proxy+}": {"get": {"responses": OK}}}}
    (parameter,) = prepared(document).document["paths"]["/{proxy}"]["parameters"]
    assert parameter == {"name": "proxy", "in": "path", "required": True, "type": "string", "minLength": 1}


def test_without_destructive_traffic_only_safe_methods_are_left() -> None:
    document = prepared(PROXY, destructive_traffic=False)
    assert {operation.http_method for operation in document.operations} == {"GET", "HEAD", "OPTIONS"}


@pytest.mark.parametrize(
    ("include", "exclude", "chosen"),
    [
        ((), (), True),
        (("GET /users*",), (), True),
        (("GET /users/{userId}",), (), True),
        (("POST *",), (), False),
        (("GET *",), ("* /users/*",), False),
        ((), ("DELETE *",), True),
    ],
)
def test_operations_are_chosen_by_globs(include: tuple[str, ...], exclude: tuple[str, ...], chosen: bool) -> None:
    assert is_chosen("GET /users/{userId}", include, exclude) is chosen


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"include": ("GET /nothing",)}, "no operation of the contract matches"),
        ({"include": ("POST *",), "destructive_traffic": False}, "set destructive_traffic = true"),
    ],
)
def test_nothing_left_to_send_is_said(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(NoOperationError, match=message):
        prepared(PROXY, **settings)


def test_needs_come_from_the_contract_and_from_its_reading_by_api_gateway(users_contract: dict[str, Any]) -> None:
    document = traffic_document(users_contract, read(users_contract).rest_api, destructive_traffic=True)
    needs = {operation.name: operation.needs for operation in document.operations}
    assert needs == {
        "GET /users": SecurityNeeds(),
        "POST /users": SecurityNeeds(api_key=True),
        "DELETE /users/{userId}": SecurityNeeds(authorization=True),
    }


@pytest.mark.parametrize(
    ("source", "header"),
    [
        ("method.request.header.X-Session-Token", "X-Session-Token"),
        ("method.request.querystring.q, method.request.header.Auth", "Auth"),
        ("$request.header.X-Token", "X-Token"),
        ("method.request.querystring.token", "Authorization"),
    ],
)
def test_the_token_goes_where_the_authorizer_looks_for_it(
    users_contract: dict[str, Any], source: str, header: str
) -> None:
    document = json.loads(json.dumps(users_contract))
    scheme = document["components"]["securitySchemes"]["token"]
    scheme["x-amazon-apigateway-authorizer"] |= {"type": "request", "identitySource": source}
    made = traffic_document(document, read(document).rest_api, destructive_traffic=True)
    (needs,) = [operation.needs for operation in made.operations if operation.http_method == "DELETE"]
    assert (needs.authorization, needs.authorization_header) == (True, header)


def test_only_one_operation_a_path_tries_undeclared_methods(users_contract: dict[str, Any]) -> None:
    document = traffic_document(users_contract, read(users_contract).rest_api, destructive_traffic=True)
    first = [operation.name for operation in document.operations if operation.is_first_of_path]
    assert first == ["GET /users", "DELETE /users/{userId}"]
