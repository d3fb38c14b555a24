"""The contract of users-api: what an import into API Gateway and a property test rely on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml
from openapi_spec_validator import validate

DOCUMENT = Path(__file__).parents[2] / "examples" / "users-api" / "docs" / "openapi.yaml"
METHODS = ("get", "put", "post", "delete", "options", "head", "patch")
COMMON_HEADERS = {
    "Access-Control-Allow-Origin",
    "Access-Control-Expose-Headers",
    "Cache-Control",
    "Strict-Transport-Security",
    "X-Content-Type-Options",
    "X-Correlation-Id",
}
DRAFT_4_KEYWORDS = {
    "$ref",
    "additionalProperties",
    "description",
    "enum",
    "format",
    "items",
    "maxItems",
    "maxLength",
    "maximum",
    "minLength",
    "minimum",
    "pattern",
    "properties",
    "required",
    "type",
}
GATEWAY_STATUSES = {"400", "403", "429", "500"}

Json = dict[str, Any]


def load() -> Json:
    document: Json = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))
    return document


API = load()


def operations() -> Iterator[tuple[str, str, Json]]:
    for path, item in API["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def integrated_by(*types: str) -> pytest.MarkDecorator:
    """Parametrize over the operations with these integration types."""
    found = [found for found in operations() if found[2]["x-amazon-apigateway-integration"]["type"] in types]
    cases = [pytest.param(*case, id=f"{case[1].upper()} {case[0]}") for case in found]
    return pytest.mark.parametrize(("path", "method", "operation"), cases)


every_operation = integrated_by("aws", "aws_proxy", "http", "http_proxy", "mock")


def resolved(value: Json) -> Json:
    while "$ref" in value:
        found = API
        for part in value["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        value = found
    return value


def expanded(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {name: expanded(entry) for name, entry in resolved(schema).items()}
    return [expanded(entry) for entry in schema] if isinstance(schema, list) else schema


def parameters(operation: Json) -> list[Json]:
    return [resolved(parameter) for parameter in operation.get("parameters", [])]


def walk(schema: Json) -> Iterator[Json]:
    yield schema
    for child in [*schema.get("properties", {}).values(), *([schema["items"]] if "items" in schema else [])]:
        yield from walk(child)


def sent_headers(parameters_of_response: Json, prefix: str) -> set[str]:
    return {name.removeprefix(prefix) for name in parameters_of_response}


def test_the_document_is_valid_and_has_every_operation() -> None:
    validate(API)
    found = {f"{method.upper()} {path}" for path, method, _ in operations() if method != "options"}
    assert found == {
        "GET /health",
        "GET /countries",
        "GET /countries/{code}",
        "POST /events",
        "POST /legacy/users/search",
        "POST /users",
        "GET /users",
        "GET /users/{userId}",
        "PUT /users/{userId}",
        "DELETE /users/{userId}",
        "GET /users/{userId}/avatar",
        "PUT /users/{userId}/avatar",
        "GET /users/{userId}/preferences",
    }
    names = [operation["operationId"] for _, _, operation in operations()]
    assert len(set(names)) == len(names)


def test_it_uses_every_integration_type_of_the_example() -> None:
    types = {operation["x-amazon-apigateway-integration"]["type"] for _, _, operation in operations()}
    assert types == {"aws", "aws_proxy", "http", "http_proxy", "mock"}
    services = {
        operation["x-amazon-apigateway-integration"]["uri"].split(":")[4]
        for _, _, operation in operations()
        if operation["x-amazon-apigateway-integration"]["type"] == "aws"
    }
    assert services == {"dynamodb", "lambda", "sqs"}


def test_nothing_rests_on_root_security() -> None:
    assert "security" not in API, "API Gateway ignores it on import"
    assert API["x-amazon-apigateway-binary-media-types"] == ["image/png"]


@every_operation
def test_security_and_validator_stand_on_the_operation(path: str, method: str, operation: Json) -> None:
    schemes = {name for requirement in operation["security"] for name in requirement}
    expected = set()
    if method in ("put", "delete") or (method, path) in {("post", "/users"), ("post", "/events")}:
        expected.add("api_key")
    if method == "delete":
        expected.add("operator_token")
    assert schemes == expected
    validators = API["x-amazon-apigateway-request-validators"]
    validator = validators[operation["x-amazon-apigateway-request-validator"]]
    takes_json = "requestBody" not in operation or "application/json" in operation["requestBody"]["content"]
    assert validator == {"validateRequestBody": takes_json, "validateRequestParameters": True}, "no picture is JSON"


@every_operation
def test_every_path_parameter_is_declared(path: str, method: str, operation: Json) -> None:
    declared = {parameter["name"] for parameter in parameters(operation) if parameter["in"] == "path"}
    assert declared == set(re.findall(r"{(\w+)}", path)), method


@every_operation
def test_every_response_has_a_model_and_the_common_headers(path: str, method: str, operation: Json) -> None:
    assert operation["responses"].keys() >= GATEWAY_STATUSES, (path, method)
    for status, reference in operation["responses"].items():
        response = resolved(reference)
        assert response["headers"].keys() >= COMMON_HEADERS
        assert all(resolved(header)["required"] for header in response["headers"].values())
        if status == "204":
            assert "content" not in response
        elif int(status) >= 400:
            assert response["content"] == {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
        else:
            assert all(media["schema"] for media in response["content"].values())


@every_operation
def test_examples_match_their_models(path: str, method: str, operation: Json) -> None:
    contents = [operation.get("requestBody", {}).get("content", {})]
    contents += [resolved(response).get("content", {}) for response in operation["responses"].values()]
    for media in [media for content in contents for name, media in content.items() if name == "application/json"]:
        model = jsonschema_rs.Draft4Validator(expanded(media["schema"]))
        given = [example["value"] for example in media.get("examples", {}).values()]
        given += [media["example"]] if "example" in media else []
        assert all(model.is_valid(example) for example in given), (path, method, given)


@every_operation
def test_exactly_the_operations_with_a_body_declare_what_a_body_can_provoke(
    path: str, method: str, operation: Json
) -> None:
    assert ("413" in operation["responses"]) == ("requestBody" in operation), (path, method)
    if "requestBody" not in operation:
        return
    assert "415" in operation["responses"]
    if "application/json" in operation["requestBody"]["content"]:
        assert "400" in operation["responses"]
        assert operation["requestBody"]["required"] is True


@pytest.mark.parametrize("name", API["components"]["schemas"])
def test_models_are_bounded_draft_4(name: str) -> None:
    assert name.isalnum(), "a model's name is alphanumeric"
    for schema in walk(API["components"]["schemas"][name]):
        assert schema.keys() <= DRAFT_4_KEYWORDS
        if schema.get("type") == "object":
            assert schema["additionalProperties"] is False
            assert set(schema["required"]) <= schema["properties"].keys()
        if schema.get("type") == "string" and name != "Picture":
            assert "enum" in schema or schema["maxLength"] <= 60 or (name, schema["maxLength"]) == ("Error", 1024)


@pytest.mark.parametrize("path", API["paths"])
def test_every_resource_answers_preflights(path: str) -> None:
    item = API["paths"][path]
    integration = item["options"]["x-amazon-apigateway-integration"]
    assert integration["type"] == "mock"
    assert integration["passthroughBehavior"] == "never"
    answered = integration["responses"]["default"]["responseParameters"]
    allowed = answered["method.response.header.Access-Control-Allow-Methods"].strip("'").split(",")
    assert allowed == sorted(method.upper() for method in METHODS if method in item)
    headers = set(answered["method.response.header.Access-Control-Allow-Headers"].strip("'").split(","))
    assert headers >= {"content-type", "authorization", "x-api-key", "accept"}


@integrated_by("aws", "http", "mock")
def test_every_declared_header_is_mapped(path: str, method: str, operation: Json) -> None:
    """A header that a method response declares and no integration response sends breaks the contract."""
    integration = operation["x-amazon-apigateway-integration"]
    for answer in integration["responses"].values():
        declared = resolved(operation["responses"][answer["statusCode"]])["headers"].keys()
        assert sent_headers(answer["responseParameters"], "method.response.header.") == declared, (path, method)
        has_content = "content" in resolved(operation["responses"][answer["statusCode"]])
        assert has_content == ("responseTemplates" in answer)


@integrated_by("aws", "http", "http_proxy")
def test_the_request_id_reaches_every_non_proxy_backend(path: str, method: str, operation: Json) -> None:
    integration = operation["x-amazon-apigateway-integration"]
    sent = integration["requestParameters"]["integration.request.header.X-Correlation-Id"]
    assert sent == "context.requestId", (path, method)


@pytest.mark.parametrize("response_type", API["x-amazon-apigateway-gateway-responses"])
def test_every_gateway_response_has_the_error_model_and_the_common_headers(response_type: str) -> None:
    response = API["x-amazon-apigateway-gateway-responses"][response_type]
    status = str(response.get("statusCode", "default"))
    if response_type.startswith("DEFAULT_"):
        assert status == "default", "a status here would collapse every error into one"
    declared = COMMON_HEADERS | {"401": {"WWW-Authenticate"}, "429": {"Retry-After"}}.get(status, set())
    assert sent_headers(response["responseParameters"], "gatewayresponse.header.") == declared
    template = response["responseTemplates"]["application/json"]
    rendered = (
        template.replace("$context.error.responseType", "BAD_REQUEST_BODY")
        .replace("$context.error.messageString", '"Invalid request body"')
        .replace("$context.requestId", "request-1")
    )
    assert "$" not in rendered
    model = jsonschema_rs.Draft4Validator(expanded(API["components"]["schemas"]["Error"]))
    assert model.is_valid(yaml.safe_load(rendered))


@pytest.mark.parametrize(
    ("error_message", "status"),
    [
        ("[BadRequest] no", "400"),
        ("[BadRequest] two\nlines", "400"),
        ("[NotFound] none", "404"),
        ("[NotFound] Task timed out", "404"),
        ("2026-01-01T00:00:00.000Z 4f1c Task timed out after 3.00 seconds", "504"),
        ("[Other] Task timed out", "502"),
        ("'rows'", "502"),
        ("a\nb", "502"),
        ("RequestId: 4f1c Error: Runtime exited with error: exit status 1", "502"),
    ],
)
def test_one_selection_pattern_matches_each_error(error_message: str, status: str) -> None:
    """AWS does not say which of two matching patterns wins, so exactly one may match."""
    responses = API["paths"]["/legacy/users/search"]["post"]["x-amazon-apigateway-integration"]["responses"]
    matching = [pattern for pattern in responses if pattern != "default" and re.fullmatch(pattern, error_message)]
    assert [responses[pattern]["statusCode"] for pattern in matching] == [status]


def test_links_lead_to_operations_and_cover_a_users_life() -> None:
    created = API["paths"]["/users"]["post"]["responses"]["201"]["links"]
    targets = {link["operationId"] for link in created.values()}
    assert targets == {"getUser", "getPreferences", "updateUser", "getAvatar", "putAvatar", "deleteUser"}
    assert targets <= {operation["operationId"] for _, _, operation in operations()}
