"""The operations of an OpenAPI document, OpenAPI 3 and Swagger 2.0 alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts.operation import ANY, DeclaredHeader, DeclaredResponse, Operation, Parameter, RequestBody
from gateway.openapi.methods import request_schemas, response_schemas, shared_and_own_parameters
from gateway.openapi.reader import resource_path_of
from gateway.openapi.source import (
    ANY_METHOD,
    Dialect,
    Source,
    mapping,
    operations,
    optional_text,
    pointer,
    sequence,
    text,
)

_SWAGGER_SCHEMA_KEYS = frozenset(
    {
        "default", "enum", "exclusiveMaximum", "exclusiveMinimum", "format", "items", "maxItems", "maxLength",
        "maximum", "minItems", "minLength", "minimum", "multipleOf", "pattern", "type", "uniqueItems",
    }
)  # fmt: skip


def read_operations(source: Source) -> tuple[Operation, ...]:
    """Return every operation in the document's order.

    Raises:
        OpenApiError: If a reference leads nowhere or a part is not what OpenAPI asks for.
    """
    return tuple(
        _operation(source, path, http_method, document, path_item)
        for path, http_method, document, path_item in operations(source)
    )


def _operation(
    source: Source, path: str, http_method: str, document: Mapping[str, Any], path_item: Mapping[str, Any]
) -> Operation:
    where = pointer("paths", path, ANY_METHOD if http_method == ANY else http_method.lower())
    declared = list(shared_and_own_parameters(source, path_item, document, where))
    responses = mapping(document.get("responses"), f"{where}/responses")
    return Operation(
        resource_path=resource_path_of(path),
        http_method=http_method,
        path=path,
        operation_id=optional_text(document.get("operationId")),
        parameters=tuple(
            _parameter(source, parameter, where) for parameter in declared if parameter.get("in") != "body"
        ),
        request_body=_request_body(source, document, declared, where),
        responses={
            str(status): _response(source, document, str(status), response, f"{where}/responses/{status}")
            for status, response in responses.items()
            if not str(status).startswith("x-")
        },
        security=_security(source, document, where),
        extensions={key: value for key, value in document.items() if key.startswith("x-")},
        deprecated=document.get("deprecated") is True,
    )


def _parameter(source: Source, declaration: Mapping[str, Any], where: str) -> Parameter:
    return Parameter(
        name=text(declaration.get("name")),
        location=text(declaration.get("in")),
        required=declaration.get("required") is True,
        schema=_schema_of(source, declaration, f"{where}/parameters"),
        declaration=declaration,
    )


def _schema_of(source: Source, holder: Mapping[str, Any], where: str) -> Mapping[str, Any]:
    """Return the schema of a parameter or header: Swagger 2.0 writes its keywords beside the name."""
    if source.dialect is Dialect.SWAGGER_2:
        return {key: value for key, value in holder.items() if key in _SWAGGER_SCHEMA_KEYS}
    if "schema" in holder:
        return mapping(holder["schema"], where)
    contents = mapping(holder.get("content"), where).values()
    return next((mapping(mapping(content, where).get("schema"), where) for content in contents), {})


def _request_body(
    source: Source, document: Mapping[str, Any], parameters: list[Mapping[str, Any]], where: str
) -> RequestBody | None:
    if source.dialect is Dialect.SWAGGER_2:
        body = next((parameter for parameter in parameters if parameter.get("in") == "body"), None)
        schemas = dict(request_schemas(source, document, parameters, where))
    else:
        body = source.resolve(document.get("requestBody"), f"{where}/requestBody") or None
        schemas = _content(source, body or {}, f"{where}/requestBody")
    return None if body is None else RequestBody(required=body.get("required") is True, schemas=schemas)


def _response(
    source: Source, operation: Mapping[str, Any], status: str, document: object, where: str
) -> DeclaredResponse:
    response = source.resolve(document, where)
    headers = mapping(response.get("headers"), f"{where}/headers")
    return DeclaredResponse(
        status=status,
        description=text(response.get("description")),
        schemas=_content(source, response, where)
        if source.dialect is Dialect.OPENAPI_3
        else dict(response_schemas(source, operation, response, where)),
        headers={name: _header(source, header, f"{where}/headers/{name}") for name, header in headers.items()},
    )


def _content(source: Source, holder: Mapping[str, Any], where: str) -> dict[str, Any]:
    return {
        media_type: source.resolve(document, f"{where}/content/{media_type}").get("schema")
        for media_type, document in mapping(holder.get("content"), f"{where}/content").items()
    }


def _header(source: Source, document: object, where: str) -> DeclaredHeader:
    header = source.resolve(document, where)
    return DeclaredHeader(required=header.get("required") is True, schema=_schema_of(source, header, where))


def _security(source: Source, operation: Mapping[str, Any], where: str) -> tuple[Mapping[str, tuple[str, ...]], ...]:
    stated = operation["security"] if "security" in operation else source.document.get("security")
    return tuple(
        {
            name: tuple(text(scope) for scope in sequence(scopes, f"{where}/security"))
            for name, scopes in mapping(alternative, f"{where}/security").items()
        }
        for alternative in sequence(stated, f"{where}/security")
    )
