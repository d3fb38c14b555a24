"""Differences of a method: in its interface by meaning, in the whole method to the letter."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from contracts.differences import interface_differences, method_differences
from gateway.rest_api import (
    Authorizer,
    AuthorizerType,
    Integration,
    IntegrationType,
    Method,
    Model,
    RequestValidator,
    RestApi,
)

API = RestApi(
    name="things",
    models={"Thing": Model(name="Thing", schema='{"type":"object"}')},
    request_validators={"all": RequestValidator(name="all", validate_request_body=True)},
    authorizers={"token": Authorizer(name="token", authorizer_type=AuthorizerType.TOKEN, identity_source="h")},
)
METHOD = Method(
    http_method="POST",
    request_models={"application/json": "Thing"},
    request_validator_name="all",
    authorizer_name="token",
    integration=Integration(integration_type=IntegrationType.MOCK),
)
RENAMED = RestApi(
    name="things",
    models={"ThingModel": Model(name="ThingModel", schema='{ "type": "object" }')},
    request_validators={"body": RequestValidator(name="body", validate_request_body=True)},
    authorizers={"lambda": Authorizer(name="lambda", authorizer_type=AuthorizerType.TOKEN, identity_source="h")},
)
OTHER_NAMES: dict[str, Any] = {
    "request_models": {"application/json": "ThingModel"},
    "request_validator_name": "body",
    "authorizer_name": "lambda",
}

INTERFACE: list[tuple[dict[str, Any], list[str]]] = [
    ({}, []),
    ({"integration": None, "operation_name": "x"}, []),
    ({"api_key_required": True}, ["api key required"]),
    ({"request_parameters": {"method.request.header.A": True}}, ["request parameters"]),
    ({"request_validator_name": None}, ["request validator"]),
    ({"authorizer_name": None}, ["authorizer"]),
    ({"authorizer_name": "other"}, ["authorizer"]),
    ({"request_models": {}}, ["request models"]),
    ({"request_models": {"application/json": "Other"}}, ["model for application/json"]),
    ({"authorization_scopes": ("read",), "api_key_required": True}, ["authorization scopes", "api key required"]),
]


@pytest.mark.parametrize(("changes", "what"), INTERFACE)
def test_interface_differences(changes: dict[str, Any], what: list[str]) -> None:
    found = interface_differences(METHOD, replace(METHOD, **changes), API, API)
    assert [difference.what for difference in found] == what


def test_names_make_no_difference_where_the_parts_are_the_same() -> None:
    assert interface_differences(METHOD, replace(METHOD, **OTHER_NAMES), API, RENAMED) == ()


def test_parts_of_the_same_name_are_compared_by_what_they_do() -> None:
    changed = replace(
        API,
        models={"Thing": Model(name="Thing", schema='{"type":"array"}')},
        request_validators={"all": RequestValidator(name="all", validate_request_parameters=True)},
        authorizers={"token": Authorizer(name="token", authorizer_type=AuthorizerType.REQUEST, identity_source="q")},
    )
    found = interface_differences(METHOD, METHOD, API, changed)
    assert [(one.what, one.expected, one.actual) for one in found] == [
        ("request validator", "validates body", "validates parameters"),
        ("authorizer type", "TOKEN", "REQUEST"),
        ("identity source", "h", "q"),
        ("model Thing", '{\n  "type": "object"\n}', '{\n  "type": "array"\n}'),
    ]


def test_a_contract_that_names_no_validator_leaves_it_to_the_deployment() -> None:
    plain = replace(API, request_validators={})
    assert interface_differences(replace(METHOD, request_validator_name=None), METHOD, plain, API) == ()


def test_a_model_is_compared_by_what_it_asks_and_not_by_how_it_is_written() -> None:
    inner = '{"type": "object", "required": ["a", "b"], "properties": {"title": {"type": "string"}}}'
    reference = '{"$ref": "https://apigateway.amazonaws.com/restapis/api/models/Inner"}'
    by_reference = {
        "Thing": Model(name="Thing", schema=f'{{"type": "array", "items": {reference}}}'),
        "Inner": Model(name="Inner", schema=inner),
    }
    in_one_piece = json.dumps(
        {
            "$schema": "http://json-schema.org/draft-04/schema#",
            "title": "Things",
            "type": "array",
            "items": {"$ref": "#/definitions/inner"},
            "definitions": {"inner": {**json.loads(inner), "required": ["b", "a"], "description": "one"}},
        }
    )
    left = replace(API, models=by_reference)
    right = replace(API, models={"Thing": Model(name="Thing", schema=in_one_piece)})
    assert interface_differences(METHOD, METHOD, left, right) == ()
    narrower = replace(API, models={"Thing": Model(name="Thing", schema=in_one_piece.replace('"string"', '"integer"'))})
    (difference,) = interface_differences(METHOD, METHOD, left, narrower)
    assert difference.what == "model Thing"


def test_models_that_contain_themselves_are_compared_too() -> None:
    nested = '{"properties": {"next": {"$ref": "https://apigateway.amazonaws.com/restapis/api/models/Thing"}}}'
    api = replace(API, models={"Thing": Model(name="Thing", schema=nested)})
    assert interface_differences(METHOD, METHOD, api, api) == ()


def test_method_differences_go_into_the_integration() -> None:
    integration = Integration(
        integration_type=IntegrationType.MOCK, timeout_ms=5000, request_templates={"application/json": "{}"}
    )
    found = method_differences(METHOD, replace(METHOD, integration=integration))
    assert [(one.what, one.expected, one.actual) for one in found] == [
        ("request templates", "", "application/json: {}"),
        ("timeout ms", "29000", "5000"),
    ]
    assert found[1].as_comparison().what == "timeout ms"


def test_a_missing_integration_is_one_difference() -> None:
    assert [one.what for one in method_differences(METHOD, replace(METHOD, integration=None))] == ["integration"]
    bare = replace(METHOD, integration=None)
    assert method_differences(bare, bare) == ()
