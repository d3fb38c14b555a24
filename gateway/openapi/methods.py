"""Operations of a document as methods, and back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.openapi.integrations import EXTENSION, read_integration, without_empty, write_integration
from gateway.openapi.schemas import Models, reference_to
from gateway.openapi.security import SecuritySchemes, write_authorization
from gateway.openapi.source import (
    ANY_METHOD,
    Dialect,
    Source,
    mapping,
    needed_text,
    optional_text,
    pointer,
    sequence,
    text,
)
from gateway.rest_api import Method, MethodResponse, RequestValidator, RestApi

_VALIDATOR = "x-amazon-apigateway-request-validator"
_LOCATIONS = {"path": "path", "query": "querystring", "header": "header"}
_DEFAULT_MEDIA_TYPE = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodReader:
    """Reads operations with what they share: models, security schemes and validators."""

    source: Source
    models: Models
    schemes: SecuritySchemes
    request_validators: Mapping[str, RequestValidator]

    def read(self, path: str, http_method: str, operation: Mapping[str, Any], path_item: Mapping[str, Any]) -> Method:
        """Return the method of an operation."""
        method = f"{http_method} {path}"
        where = pointer("paths", path, ANY_METHOD if http_method == "ANY" else http_method.lower())
        parameters = list(shared_and_own_parameters(self.source, path_item, operation, where))
        authorization = self.schemes.authorization(self.source, operation, where, method)
        return Method(
            http_method=http_method,
            operation_name=optional_text(operation.get("operationId")),
            authorization_type=authorization.authorization_type,
            authorizer_name=authorization.authorizer_name,
            authorization_scopes=authorization.authorization_scopes,
            api_key_required=authorization.api_key_required,
            request_validator_name=self._validator_name(operation, method),
            request_parameters=self._request_parameters(parameters, method),
            request_models=self._request_models(operation, parameters, where, method),
            integration=read_integration(self.source, operation, where),
            method_responses=self._method_responses(operation, where, method),
        )

    def _validator_name(self, operation: Mapping[str, Any], method: str) -> str | None:
        """Return the validator: the operation's own, else the document's."""
        name = optional_text(operation.get(_VALIDATOR, self.source.document.get(_VALIDATOR)))
        if name is None or name in self.request_validators:
            return name
        self.source.warn(f"Request validator '{name}' for method '{method}' not found. Ignoring.")
        return None

    def _request_parameters(self, parameters: list[Mapping[str, Any]], method: str) -> dict[str, bool]:
        found: dict[str, bool] = {}
        for parameter in parameters:
            location = str(parameter.get("in"))
            plain = parameter.get("name")
            if location in _LOCATIONS:
                found[f"method.request.{_LOCATIONS[location]}.{plain}"] = parameter.get("required") is True
            elif location != "body":
                self.source.warn(f"Unsupported location '{location}' of parameter '{plain}' for '{method}'. Ignoring.")
        return found

    def _request_models(
        self, operation: Mapping[str, Any], parameters: list[Mapping[str, Any]], where: str, method: str
    ) -> dict[str, str]:
        schemas = dict(request_schemas(self.source, operation, parameters, where))
        use = f"request schema for '{method}'"
        named = {kind: self.models.name_of(schema, f"{where}/requestBody", use) for kind, schema in schemas.items()}
        return {kind: name for kind, name in named.items() if name is not None}

    def _method_responses(self, operation: Mapping[str, Any], where: str, method: str) -> tuple[MethodResponse, ...]:
        found: dict[str, MethodResponse] = {}
        for status, document in mapping(operation.get("responses"), f"{where}/responses").items():
            status_code = str(status)
            if status_code.startswith("x-"):
                continue
            if not re.fullmatch(r"[1-5]\d\d", status_code):
                self.source.warn(f"Response '{status_code}' of method '{method}' is not a status code. Ignoring.")
                continue
            found[status_code] = self._method_response(status_code, document, operation, where, method)
        return tuple(found[status_code] for status_code in sorted(found))

    def _method_response(
        self, status_code: str, document: object, operation: Mapping[str, Any], where: str, method: str
    ) -> MethodResponse:
        here = f"{where}/responses/{status_code}"
        response = self.source.resolve(document, here)
        use = f"{status_code} response to method '{method}'"
        schemas = response_schemas(self.source, operation, response, here)
        models = {kind: self.models.name_of(schema, here, use) for kind, schema in schemas}
        headers = mapping(response.get("headers"), f"{here}/headers")
        return MethodResponse(
            status_code=status_code,
            response_parameters={
                f"method.response.header.{name}": self.source.resolve(header, f"{here}/headers/{name}").get("required")
                is True
                for name, header in headers.items()
            },
            response_models={kind: name for kind, name in models.items() if name is not None},
        )


def shared_and_own_parameters(
    source: Source, path_item: Mapping[str, Any], operation: Mapping[str, Any], where: str
) -> Iterator[Mapping[str, Any]]:
    """Yield the parameters of an operation: those of its path first, unless it declares them itself."""
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    for document in (path_item, operation):
        for parameter in sequence(document.get("parameters"), f"{where}/parameters"):
            here = f"{where}/parameters"
            resolved = source.resolve(parameter, here)
            found[needed_text(resolved, "name", here), needed_text(resolved, "in", here)] = resolved
    yield from found.values()


def request_schemas(
    source: Source, operation: Mapping[str, Any], parameters: list[Mapping[str, Any]], where: str
) -> Iterator[tuple[str, Any]]:
    """Yield content type and schema of every request body that has a schema."""
    if source.dialect is Dialect.OPENAPI_3:
        body = source.resolve(operation.get("requestBody"), f"{where}/requestBody")
        yield from _content_schemas(source, body, f"{where}/requestBody")
        return
    for parameter in parameters:
        if parameter.get("in") == "body" and parameter.get("schema") is not None:
            for media_type in _media_types(source, operation, "consumes"):
                yield media_type, parameter["schema"]


def response_schemas(
    source: Source, operation: Mapping[str, Any], response: Mapping[str, Any], where: str
) -> Iterator[tuple[str, Any]]:
    """Yield content type and schema of a response where it has a schema."""
    if source.dialect is Dialect.OPENAPI_3:
        yield from _content_schemas(source, response, where)
    elif response.get("schema") is not None:
        for media_type in _media_types(source, operation, "produces"):
            yield media_type, response["schema"]


def _content_schemas(source: Source, holder: Mapping[str, Any], where: str) -> Iterator[tuple[str, Any]]:
    for media_type, document in mapping(holder.get("content"), f"{where}/content").items():
        schema = source.resolve(document, f"{where}/content/{media_type}").get("schema")
        if schema is not None:
            yield media_type, schema


def _media_types(source: Source, operation: Mapping[str, Any], key: str) -> list[str]:
    """Return the content types of Swagger 2.0: the operation's, else the document's, else JSON."""
    stated = operation.get(key) or source.document.get(key)
    return [text(media_type) for media_type in sequence(stated, f"#/{key}")] or [_DEFAULT_MEDIA_TYPE]


def write_method(api: RestApi, method: Method) -> dict[str, Any]:
    """Return the operation of a method."""
    written: dict[str, Any] = {
        "operationId": method.operation_name,
        "parameters": [_written_parameter(name, required=value) for name, value in method.request_parameters.items()],
        "requestBody": _written_body(method.request_models),
        "responses": {response.status_code: _written_response(response) for response in method.method_responses},
        **write_authorization(api, method),
        _VALIDATOR: method.request_validator_name,
        EXTENSION: write_integration(method.integration) if method.integration else None,
    }
    return without_empty(written)


def _written_parameter(name: str, *, required: bool) -> dict[str, Any]:
    _, _, location, plain = name.split(".", 3)
    openapi_location = next(key for key, value in _LOCATIONS.items() if value == location)
    return {"name": plain, "in": openapi_location, "required": required, "schema": {"type": "string"}}


def _written_body(models: Mapping[str, str]) -> dict[str, Any] | None:
    return {"content": _written_content(models), "required": True} if models else None


def _written_content(models: Mapping[str, str]) -> dict[str, Any]:
    return {media_type: {"schema": reference_to(name)} for media_type, name in models.items()}


def _written_response(response: MethodResponse) -> dict[str, Any]:
    headers = {
        name.removeprefix("method.response.header."): {
            "schema": {"type": "string"},
            **({"required": True} if required else {}),
        }
        for name, required in response.response_parameters.items()
    }
    return {
        "description": f"{response.status_code} response",
        **without_empty({"headers": headers, "content": _written_content(response.response_models)}),
    }
