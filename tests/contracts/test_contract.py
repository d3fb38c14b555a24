"""The contract: what is read of a document, and what a person is told of a bad one."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from contracts.contract import Contract, ContractError, contract_of, load_contract

EXAMPLE = Path(__file__).parents[2] / "examples" / "users-api" / "docs" / "openapi.yaml"


def document(**parts: Any) -> dict[str, Any]:
    return {"openapi": "3.0.1", "info": {"title": "t", "version": "1"}, "paths": {"/a": {"get": {}}}, **parts}


def contract(**parts: Any) -> Contract:
    return contract_of(document(**parts), source="openapi.yaml")


def big_document(operations: int) -> dict[str, Any]:
    schema = {"type": "object", "properties": {f"p{n}": {"type": "string", "description": "text"} for n in range(5)}}
    content = {"application/json": {"schema": schema}}
    answer = {"responses": {"200": {"description": "ok", "content": content}}}
    return document(paths={f"/r{n}/{{id}}": {"get": answer, "put": answer} for n in range(operations // 2)})


def test_the_example_is_loaded() -> None:
    found = load_contract(EXAMPLE)
    assert found.source == str(EXAMPLE)
    assert found.rest_api.name == "users-api"
    assert found.warnings == ()
    written = yaml.safe_load(EXAMPLE.read_bytes())
    assert json.loads(json.dumps(written)) == found.document
    create = found.operation("/users", "POST")
    assert create is not None
    assert create.name == "POST /users"
    assert create.operation_id == "createUser"
    assert create.security == ({"api_key": ()},)
    assert create.request_media_types == ("application/json",)
    assert create.extensions.keys() >= {"x-amazon-apigateway-integration"}
    made = create.response_for(201)
    assert made is not None
    assert made.header("location") is not None
    assert made.schema_for("application/json; charset=utf-8") == {"$ref": "#/components/schemas/User"}
    assert create.response_for(418) is None


def test_every_reference_of_the_example_resolves_in_a_validator() -> None:
    found = load_contract(EXAMPLE)
    components = found.document["components"]
    for operation in found.operations:
        for response in operation.responses.values():
            for schema in response.schemas.values():
                jsonschema_rs.Draft4Validator({"components": components, "allOf": [schema]})


def test_the_same_document_in_another_layout_has_the_same_digest(tmp_path: Path) -> None:
    as_json = tmp_path / "a.json"
    as_json.write_text(json.dumps(document()), encoding="utf-8")
    as_yaml = tmp_path / "a.yaml"
    as_yaml.write_text("# a comment\n" + yaml.safe_dump(document()), encoding="utf-8-sig")
    assert load_contract(as_json).digest == load_contract(as_yaml).digest
    assert load_contract(as_json).digest != contract(info={"title": "other"}).digest


def test_statuses_are_looked_up_exactly_then_by_range_then_by_default() -> None:
    responses = {"404": {"description": "a"}, "4xx": {"description": "b"}, "default": {"description": "c"}}
    (operation,) = contract(paths={"/a": {"get": {"responses": responses}}}).operations
    found = {status: operation.response_for(status) for status in (404, 400, 500)}
    assert [response.description for response in found.values() if response] == ["a", "b", "c"]


def test_content_types_are_looked_up_exactly_then_by_range() -> None:
    content = {"application/json": {"schema": {"type": "object"}}, "image/*": {}, "*/*": {"schema": {"type": "string"}}}
    responses = {"200": {"description": "", "content": content}, "204": {"description": ""}}
    (operation,) = contract(paths={"/a": {"get": {"responses": responses}}}).operations
    ok, empty = operation.response_for(200), operation.response_for(204)
    assert ok is not None
    assert ok.schema_for("Application/JSON;charset=utf-8") == {"type": "object"}
    assert ok.schema_for("image/png") is None
    assert ok.schema_for("text/csv") == {"type": "string"}
    assert ok.allows("image/png")
    assert empty is not None
    assert not empty.allows("text/plain")
    assert operation.response_media_types == ("application/json", "image/*", "*/*")


def test_security_is_the_operations_own_or_the_documents() -> None:
    paths = {"/a": {"get": {}, "put": {"security": []}, "post": {"security": [{"b": ["s"]}]}}}
    found = {operation.name: operation.security for operation in contract(paths=paths, security=[{"a": []}]).operations}
    assert found == {"GET /a": ({"a": ()},), "PUT /a": (), "POST /a": ({"b": ("s",)},)}


def test_parameters_of_path_and_operation_join() -> None:
    paths = {
        "/a/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "get": {
                "parameters": [{"name": "X-A", "in": "header", "content": {"a/b": {"schema": {"type": "integer"}}}}]
            },
        }
    }
    (operation,) = contract(paths=paths).operations
    identifier, header = operation.parameter("id", "path"), operation.parameter("x-a", "header")
    assert identifier is not None
    assert identifier.required
    assert header is not None
    assert header.schema == {"type": "integer"}
    assert operation.parameter("ID", "path") is None


def test_swagger_2_gives_the_same_operations() -> None:
    swagger = {
        "swagger": "2.0",
        "info": {"title": "t", "version": "1"},
        "produces": ["application/json"],
        "paths": {
            "/a": {
                "post": {
                    "parameters": [
                        {"name": "body", "in": "body", "required": True, "schema": {"$ref": "#/definitions/A"}},
                        {"name": "q", "in": "query", "type": "integer", "maximum": 3},
                    ],
                    "responses": {
                        "200": {
                            "description": "ok",
                            "schema": {"$ref": "#/definitions/A"},
                            "headers": {"X": {"type": "string"}},
                        }
                    },
                }
            }
        },
        "definitions": {"A": {"type": "object"}},
    }
    found = contract_of(swagger, source="swagger.json")
    (operation,) = found.operations
    assert operation.request_body is not None
    assert operation.request_body.required
    assert operation.request_body.schemas == {"application/json": {"$ref": "#/definitions/A"}}
    assert [parameter.schema for parameter in operation.parameters] == [{"type": "integer", "maximum": 3}]
    response = operation.response_for(200)
    assert response is not None
    assert response.schemas == {"application/json": {"$ref": "#/definitions/A"}}
    assert response.headers["X"].schema == {"type": "string"}
    assert found.schema("A") == {"type": "object"}
    assert found.schema("B") is None


def test_the_any_method_serves_methods_that_are_not_named() -> None:
    found = contract(
        paths={"/a": {"x-amazon-apigateway-any-method": {"operationId": "any"}, "get": {"operationId": "get"}}}
    )
    named, other = found.operation("/a", "GET"), found.operation("/a", "PATCH")
    assert named is not None
    assert named.operation_id == "get"
    assert other is not None
    assert other.name == "ANY /a"
    assert found.operation("/b", "GET") is None


WRITTEN: dict[str, tuple[str | bytes, str]] = {
    "empty": ("", "FILE: the file is empty; an OpenAPI document is needed"),
    "a list": ("- 1\n", "FILE: not an OpenAPI document: its top is not an object"),
    "prose": ("Hello, world.\n", "FILE: not an OpenAPI document: its top is not an object"),
    "other YAML": ("a: 1\n", "FILE: not an OpenAPI document: neither 'openapi' nor 'swagger' stands at its top"),
    "broken YAML": ("openapi: 3.0.1\npaths: [\n", "FILE:3:1: not YAML: did not find expected node content"),
    "a key twice": ("openapi: 3.0.1\nopenapi: 3.0.1\n", "FILE:2:1: not YAML: key 'openapi' stands here twice"),
    "not UTF-8": (b"openapi: 3.0.1\ninfo: \xff\n", "FILE: not UTF-8 at byte 21; save the file as UTF-8"),
    "no paths": ("openapi: 3.0.1\n", "FILE: has no operations: 'paths' names no path with a method"),
    "paths without methods": (
        "openapi: 3.0.1\npaths: {/a: {parameters: []}}\n",
        "FILE: has no operations: 'paths' names no path with a method",
    ),
    "a reference to nothing": (
        "openapi: 3.0.1\npaths: {/a: {get: {}}}\ndefinitions: {User: {}, A: {items: {$ref: '#/definitions/Usr'}}}",
        "FILE: #/definitions/A/items: $ref '#/definitions/Usr' leads nowhere; did you mean 'User'?",
    ),
    "a reference to another file": (
        "openapi: 3.0.1\npaths: {/a: {$ref: 'a.yaml'}}\n",
        "FILE: #/paths/~1a: $ref 'a.yaml' leads out of the document; bundle it into one document",
    ),
}


@pytest.mark.parametrize("case", WRITTEN)
def test_a_bad_file_is_refused_in_one_line(case: str, tmp_path: Path) -> None:
    text, message = WRITTEN[case]
    path = tmp_path / "openapi.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    assert refusal(path) == message.replace("FILE", str(path))


def refusal(path: Path) -> str:
    with pytest.raises(ContractError) as caught:
        load_contract(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_broken_json_is_refused_with_line_and_column(tmp_path: Path) -> None:
    path = tmp_path / "openapi.json"
    path.write_text('{"openapi": "3.0.1",\n "paths": }', encoding="utf-8")
    assert refusal(path) == f"{path}:2:11: not JSON: Expecting value"


def test_json_nested_too_deep_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "openapi.json"
    path.write_text('{"a":' * 100_000, encoding="utf-8")
    assert refusal(path) == f"{path}: nested too deep to be an OpenAPI document"


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "gone.yaml"
    assert refusal(path) == f"{path}: no such file; check 'contract' in stageproof.toml"
    assert refusal(tmp_path) == f"{tmp_path}: a folder; name the OpenAPI document in it"


def test_examples_and_property_names_are_no_references() -> None:
    schema = {"type": "object", "example": {"$ref": "#/no"}, "properties": {"$ref": {"type": "string"}, "example": {}}}
    assert contract(components={"schemas": {"A": schema}}).operations


def test_a_property_named_example_may_refer() -> None:
    schema = {"properties": {"example": {"$ref": "#/components/schemas/B"}}}
    with pytest.raises(ContractError, match="#/components/schemas/A/properties/example: "):
        contract(components={"schemas": {"A": schema}})


@pytest.mark.slow
@pytest.mark.parametrize(("write", "name"), [(yaml.CSafeDumper, "a.yaml"), (None, "a.json")])
def test_a_document_of_5_mb_is_loaded_in_5_seconds(write: Any, name: str, tmp_path: Path) -> None:
    dump: Callable[[object], str] = json.dumps if write is None else lambda value: str(yaml.dump(value, Dumper=write))
    plain = json.loads(json.dumps(big_document(10_000 if write is None else 6_000)))
    text = dump(plain)
    assert len(text) > 3_500_000
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    started = time.process_time()
    found = load_contract(path)
    assert time.process_time() - started < 5 * len(text) / 5_000_000
    assert len(found.operations) in {6_000, 10_000}
