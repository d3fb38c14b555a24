"""ImportRestApi and PutRestApi: what a document says is in the control plane, what it does not say stays or goes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from botocore.exceptions import ClientError

from gateway.openapi import read
from gateway.rest_api import RestApi
from sandbox.aws_side import start_aws_side
from sandbox.control_plane.deployments import rest_api_now
from sandbox.deploy import AwsClients
from sandbox.snapshot import backend_of

MOCK = {
    "type": "mock",
    "requestTemplates": {"application/json": '{"statusCode": 200}'},
    "responses": {"default": {"statusCode": "200"}, "4\\d{2}": {"statusCode": "400"}},
}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.1",
    "info": {"title": "pets", "version": "1"},
    "servers": [{"url": "https://x.test/{basePath}", "variables": {"basePath": {"default": "/v1/zoo"}}}],
    "x-amazon-apigateway-request-validators": {"all": {"validateRequestBody": True, "validateRequestParameters": True}},
    "x-amazon-apigateway-request-validator": "all",
    "x-amazon-apigateway-binary-media-types": ["image/png"],
    "x-amazon-apigateway-minimum-compression-size": 10,
    "x-amazon-apigateway-gateway-responses": {"DEFAULT_4XX": {"statusCode": 418}},
    "components": {
        "schemas": {
            "Pet": {"type": "object", "properties": {"owner": {"$ref": "#/components/schemas/Owner"}}},
            "Owner": {"type": "object", "required": ["name"]},
        },
        "securitySchemes": {
            "guard": {
                "type": "apiKey",
                "name": "Authorization",
                "in": "header",
                "x-amazon-apigateway-authtype": "custom",
                "x-amazon-apigateway-authorizer": {
                    "type": "token",
                    "authorizerUri": "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
                    "arn:aws:lambda:us-east-1:123456789012:function:guard/invocations",
                    "authorizerResultTtlInSeconds": 60,
                    "identityValidationExpression": "^x-.*$",
                },
            },
            "key": {"type": "apiKey", "name": "x-api-key", "in": "header"},
        },
    },
    "paths": {
        "/pets/{petId}": {
            "get": {
                "parameters": [{"name": "petId", "in": "path", "required": True, "schema": {"type": "string"}}],
                "security": [{"guard": [], "key": []}],
                "responses": {
                    "200": {"description": "", "headers": {"X-A": {"schema": {"type": "string"}}}},
                    "400": {},
                },
                "x-amazon-apigateway-integration": MOCK,
            },
            "post": {
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}},
                "responses": {"200": {"description": ""}, "400": {"description": ""}},
                "x-amazon-apigateway-integration": MOCK,
            },
        },
        "/{proxy+}": {"x-amazon-apigateway-any-method": {"responses": {}, "x-amazon-apigateway-integration": MOCK}},
    },
}


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    side = start_aws_side()
    yield AwsClients.local(side.endpoint_url).get("apigateway")
    side.stop()


def held_api(rest_api_id: str) -> RestApi:
    backend = backend_of(rest_api_id)
    assert backend is not None
    return rest_api_now(backend.apis[rest_api_id])


def paths(client: Any, rest_api_id: str) -> dict[str, list[str]]:
    items = client.get_resources(restApiId=rest_api_id, embed=["methods"], limit=500)["items"]
    return {item["path"]: sorted(item.get("resourceMethods", {})) for item in items}


@pytest.mark.parametrize("write", [json.dumps, yaml.safe_dump])
def test_what_a_document_says_is_imported(client: Any, write: Any) -> None:
    imported = client.import_rest_api(
        body=write(DOCUMENT).encode(), parameters={"endpointConfigurationTypes": "REGIONAL"}
    )
    assert imported["endpointConfiguration"]["types"] == ["REGIONAL"]
    assert "warnings" not in imported
    held, wanted = held_api(imported["id"]), read(DOCUMENT).rest_api
    for part in ("name", "version", "resources", "models", "request_validators", "authorizers", "gateway_responses",
                 "binary_media_types", "minimum_compression_size_bytes"):  # fmt: skip
        assert getattr(held, part) == getattr(wanted, part), part


@pytest.mark.parametrize(
    ("mode", "pets"), [("ignore", "/pets/{petId}"), ("prepend", "/v1/zoo/pets/{petId}"), ("split", "/zoo/pets/{petId}")]
)
@pytest.mark.parametrize("swagger", [False, True])
def test_the_base_path(client: Any, mode: str, pets: str, swagger: bool) -> None:
    """See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-import-api-basePath.html."""
    kept = {
        name: value for name, value in DOCUMENT.items() if name not in {"openapi", "servers", "components", "paths"}
    }
    operation = {"responses": {}, "x-amazon-apigateway-integration": MOCK}
    older = {**kept, "swagger": "2.0", "basePath": "/v1/zoo", "paths": {"/pets/{petId}": {"get": operation}}}
    document = older if swagger else DOCUMENT
    imported = client.import_rest_api(body=json.dumps(document).encode(), parameters={"basepath": mode})
    found = paths(client, imported["id"])
    assert "GET" in found[pets]
    assert found["/"] == []


def test_merging_keeps_what_the_document_does_not_say(client: Any) -> None:
    """See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-import-api-update.html."""
    rest_api_id = client.import_rest_api(body=json.dumps(DOCUMENT).encode())["id"]
    resource_ids = {item["path"]: item["id"] for item in client.get_resources(restApiId=rest_api_id)["items"]}
    changed = {
        "openapi": "3.0.1",
        "info": {"title": "pets", "version": "2"},
        "components": {
            "schemas": {"Owner": {"type": "object"}},
            "securitySchemes": DOCUMENT["components"]["securitySchemes"],
        },
        "paths": {
            "/pets/{petId}": {"post": {"responses": {"201": {"description": ""}}}},
            "/new": {"get": {"responses": {}}},
        },
    }
    client.put_rest_api(restApiId=rest_api_id, mode="merge", body=json.dumps(changed).encode())
    held = held_api(rest_api_id)
    assert paths(client, rest_api_id)["/pets/{petId}"] == ["GET", "POST"]
    assert paths(client, rest_api_id)["/new"] == ["GET"]
    guarded, posted = held.method("/pets/{petId}", "GET"), held.method("/pets/{petId}", "POST")
    assert guarded is not None
    assert posted is not None
    assert guarded.authorizer_name == "guard"
    assert [one.status_code for one in posted.method_responses] == ["201"]
    assert held.models["Owner"].schema == '{"type":"object"}'
    assert "Pet" in held.models
    kept = {item["path"]: item["id"] for item in client.get_resources(restApiId=rest_api_id)["items"]}
    assert resource_ids.items() <= kept.items()


def test_overwriting_removes_what_the_document_does_not_say(client: Any) -> None:
    rest_api_id = client.import_rest_api(body=json.dumps(DOCUMENT).encode())["id"]
    other = {"swagger": "2.0", "info": {"title": "other", "version": "1"}, "paths": {"/a": {"get": {"responses": {}}}}}
    answer = client.put_rest_api(restApiId=rest_api_id, mode="overwrite", body=json.dumps(other).encode())
    assert (answer["id"], answer["name"]) == (rest_api_id, "other")
    assert paths(client, rest_api_id) == {"/": [], "/a": ["GET"]}
    held = held_api(rest_api_id)
    assert not (held.models)
    assert not (held.authorizers)
    assert not (held.request_validators)
    assert not (held.gateway_responses)


def test_warnings_are_told_or_refuse_the_import(client: Any) -> None:
    """See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-import-api-errors-warnings.html."""
    body = json.dumps({**DOCUMENT, "security": [{"key": []}]}).encode()
    before = len(client.get_rest_apis(limit=500)["items"])
    with pytest.raises(ClientError, match="Warnings found during import:\n\tRoot-level 'security'"):
        client.import_rest_api(body=body, failOnWarnings=True)
    assert len(client.get_rest_apis(limit=500)["items"]) == before
    (warning,) = client.import_rest_api(body=body)["warnings"]
    assert warning.startswith("Root-level 'security' is not supported")


@pytest.mark.parametrize("body", [b"[]", b"{:", b'{"openapi": "4.0"}', b'{"info": {}}'])
def test_what_is_no_document_is_a_bad_request(client: Any, body: bytes) -> None:
    with pytest.raises(ClientError) as raised:
        client.import_rest_api(body=body)
    assert raised.value.response["Error"]["Code"] == "BadRequestException"
