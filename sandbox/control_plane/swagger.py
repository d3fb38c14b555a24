"""A written OpenAPI 3.0 document as Swagger 2.0, for exports of that type.

Swagger 2.0 knows one schema for all content types of a body: of several models the first is told.

See: https://swagger.io/specification/v2/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_ENDPOINT = "x-amazon-apigateway-endpoint-configuration"


def swagger_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the Swagger 2.0 document of an OpenAPI 3.0 document as ``gateway.openapi.write`` makes it."""
    components = document.get("components") or {}
    kept = {
        name: value for name, value in document.items() if name not in {"openapi", "components", "paths", "servers"}
    }
    endpoint = next((server[_ENDPOINT] for server in document.get("servers") or () if _ENDPOINT in server), None)
    swagger = {
        "swagger": "2.0",
        **kept,
        "paths": {
            path: {method: _operation(operation) for method, operation in item.items()}
            for path, item in document["paths"].items()
        },
        "definitions": components.get("schemas") or {},
        "securityDefinitions": components.get("securitySchemes") or {},
        **({_ENDPOINT: endpoint} if endpoint else {}),
    }
    referring: dict[str, Any] = _referring({name: value for name, value in swagger.items() if value})
    return referring


def _operation(operation: Mapping[str, Any]) -> dict[str, Any]:
    body = (operation.get("requestBody") or {}).get("content") or {}
    parameters = [_plain(parameter) for parameter in operation.get("parameters") or ()]
    parameters += [
        {"in": "body", "name": "body", "required": True, "schema": media["schema"]} for media in list(body.values())[:1]
    ]
    responses = operation.get("responses") or {}
    produced = {kind: None for response in responses.values() for kind in response.get("content") or {}}
    told = {
        "consumes": list(body),
        "produces": list(produced),
        "parameters": parameters,
        "responses": {status: _response(response) for status, response in responses.items()},
    }
    kept = {name: value for name, value in operation.items() if name not in {"requestBody", *told}}
    return {**kept, **{name: value for name, value in told.items() if value}}


def _response(response: Mapping[str, Any]) -> dict[str, Any]:
    schema = next((media["schema"] for media in (response.get("content") or {}).values()), None)
    headers = {name: _plain(header) for name, header in (response.get("headers") or {}).items()}
    told = {"schema": schema, "headers": headers}
    return {"description": response.get("description", ""), **{name: value for name, value in told.items() if value}}


def _plain(parameter: Mapping[str, Any]) -> dict[str, Any]:
    """Return a parameter or header with its type beside its name, as Swagger 2.0 has it."""
    return {**{name: value for name, value in parameter.items() if name != "schema"}, **(parameter.get("schema") or {})}


def _referring(value: Any) -> Any:
    """Return a value with its references to shared schemas in the place they have in Swagger 2.0."""
    if isinstance(value, Mapping):
        return {
            name: item.replace("#/components/schemas/", "#/definitions/")
            if name == "$ref" and isinstance(item, str)
            else _referring(item)
            for name, item in value.items()
        }
    return [_referring(item) for item in value] if isinstance(value, list) else value
