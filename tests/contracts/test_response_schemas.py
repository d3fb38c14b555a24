"""Schemas of OpenAPI 3.0 and 3.1 as they hold for answers."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.contract import contract_of
from contracts.response_schemas import ResponseSchemas

TOKEN = "redacted:0123456789ab"


def _errors(schema: dict[str, Any], value: object, *, version: str = "3.0.3", **schemas: Any) -> tuple[str, ...]:
    document = {
        "openapi": version,
        "info": {"title": "t", "version": "1"},
        "paths": {"/a": {"get": {"responses": {"200": {"description": "ok"}}}}},
        "components": {"schemas": schemas},
    }
    return ResponseSchemas(contract_of(document, source="test")).errors(schema, value)


CASES: list[tuple[str, dict[str, Any], object, bool]] = [
    ("a type that fits", {"type": "string"}, "a", True),
    ("a type that does not fit", {"type": "string"}, 1, False),
    ("null where it is nullable", {"type": "string", "nullable": True}, None, True),
    ("null where a choice is nullable", {"allOf": [{"type": "string"}], "nullable": True}, None, True),
    ("null in a nullable enumeration", {"type": "string", "enum": ["a"], "nullable": True}, None, True),
    ("null where it is not nullable", {"type": "string", "nullable": False}, None, False),
    ("a property called nullable", {"properties": {"nullable": {"type": "boolean"}}}, {"nullable": 1}, False),
    ("a property called enum", {"properties": {"enum": {"type": "string", "nullable": True}}}, {"enum": None}, True),
    ("a value that looks like a schema", {"enum": [{"nullable": True, "type": "x"}]},
     {"nullable": True, "type": "x"}, True),
    ("an exclusive minimum of draft 4", {"type": "number", "minimum": 1, "exclusiveMinimum": True}, 1, False),
    ("a write-only property", {"required": ["p"], "properties": {"p": {"writeOnly": True}}}, {}, True),
    ("a required property beside it",
     {"required": ["p", "q"], "properties": {"p": {"writeOnly": True}, "q": {}}}, {}, False),
    ("a redacted value", {"type": "string", "maxLength": 3}, TOKEN, True),
    ("a redacted value in a choice", {"oneOf": [{"type": "string", "maxLength": 3}, {"type": "integer"}]}, TOKEN, True),
    ("what is missing beside a redacted value", {"required": ["a"]}, {"b": TOKEN}, False),
]  # fmt: skip


@pytest.mark.parametrize(("schema", "value", "conforms"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_schemas_of_openapi_3_0(schema: dict[str, Any], value: object, conforms: bool) -> None:
    assert (_errors(schema, value) == ()) is conforms


def test_references_lead_into_the_contract_and_their_schemas_are_read_alike() -> None:
    schema = {"$ref": "#/components/schemas/Thing"}
    thing = {"type": "object", "required": ["a"], "properties": {"a": {"type": "string", "nullable": True}}}
    assert _errors(schema, {"a": None}, Thing=thing) == ()
    assert _errors(schema, {}, Thing=thing) == ('/: "a" is a required property',)


def test_openapi_3_1_is_json_schema_2020_12() -> None:
    assert _errors({"type": ["string", "null"]}, None, version="3.1.0") == ()
    assert _errors({"type": "number", "exclusiveMinimum": 1}, 1, version="3.1.0") != ()
    assert _errors({"type": "string", "nullable": True}, None, version="3.1.0") != ()
    assert _errors({"required": ["p"], "properties": {"p": {"writeOnly": True}}}, {}, version="3.1.0") == ()


def test_every_fault_is_told_with_its_place() -> None:
    schema = {"properties": {"a": {"items": {"type": "integer"}}, "b": {"type": "string"}}}
    faults = _errors(schema, {"a": [1, "x"], "b": 2})
    assert [fault.partition(":")[0] for fault in faults] == ["/a/1", "/b"]


def test_named_schemas_of_both_versions() -> None:
    swagger = {
        "swagger": "2.0",
        "info": {"title": "t", "version": "1"},
        "paths": {"/a": {"get": {"responses": {"200": {"description": "ok"}}}}},
        "definitions": {"Error": {"type": "object"}},
    }
    schemas = ResponseSchemas(contract_of(swagger, source="test"))
    assert schemas.named("Error") == {"type": "object"}
    assert schemas.named("Problem") is None
