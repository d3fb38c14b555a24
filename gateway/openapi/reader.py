"""Read an OpenAPI document as API Gateway's importer does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.openapi.api_settings import (
    read_api_key_source,
    read_binary_media_types,
    read_endpoint,
    read_gateway_responses,
    read_minimum_compression_size_bytes,
    read_policy,
    read_request_validators,
    read_tags,
)
from gateway.openapi.base_path import BasePathMode, prefix_of
from gateway.openapi.methods import MethodReader
from gateway.openapi.schemas import Models
from gateway.openapi.security import SecuritySchemes
from gateway.openapi.source import HTTP_METHODS, Source, dialect_of, mapping, operations, pointer, sequence, text
from gateway.rest_api import Method, Resource, RestApi


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """A REST API read from a document, and what the importer left out of it."""

    rest_api: RestApi
    warnings: tuple[str, ...] = ()


def read(document: Mapping[str, object], *, base_path_mode: BasePathMode = BasePathMode.IGNORE) -> Import:
    """Return the REST API that API Gateway makes of an OpenAPI 3.0, 3.1 or Swagger 2.0 document.

    What API Gateway ignores is ignored and told in the warnings: root-level ``security``, ``default`` and ranged
    responses, cookie and form parameters, keywords beyond JSON Schema draft 4. Paths without operations are left out.

    Args:
        document: The parsed document with text keys.
        base_path_mode: What its base path means for the resources.

    Returns:
        The API and the warnings.

    Raises:
        OpenApiError: If it is no OpenAPI document, a reference leads nowhere, or a value is not one of API Gateway's.

    See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
    """
    source = Source(document=document, dialect=dialect_of(document))
    models = Models.shared(source)
    schemes = SecuritySchemes.shared(source)
    validators = read_request_validators(source)
    reader = MethodReader(source=source, models=models, schemes=schemes, request_validators=validators)
    info = mapping(document.get("info"), "#/info")
    endpoint = read_endpoint(source)
    _warn_of_the_rest(source)
    api = RestApi(
        name=text(info.get("title")),
        description=text(info["description"]) if info.get("description") else None,
        version=text(info["version"]) if info.get("version") is not None else None,
        resources=_resources(source, reader, prefix_of(source, base_path_mode)),
        models=models.by_name,
        request_validators=validators,
        authorizers=schemes.authorizers,
        gateway_responses=read_gateway_responses(source),
        binary_media_types=read_binary_media_types(source),
        minimum_compression_size_bytes=read_minimum_compression_size_bytes(source),
        api_key_source=read_api_key_source(source),
        policy=read_policy(source),
        disable_execute_api_endpoint=endpoint.get("disableExecuteApiEndpoint") is True,
        endpoint_types=tuple(text(kind) for kind in sequence(endpoint.get("types"), "#/servers")) or ("EDGE",),
        vpc_endpoint_ids=tuple(text(name) for name in sequence(endpoint.get("vpcEndpointIds"), "#/servers")),
        tags=read_tags(source),
    )
    return Import(rest_api=api, warnings=tuple(source.warnings))


def _resources(source: Source, reader: MethodReader, prefix: str) -> tuple[Resource, ...]:
    by_path: dict[str, list[Method]] = {}
    for path, http_method, operation, path_item in operations(source):
        resource_path = resource_path_of(f"{prefix}{path}")
        by_path.setdefault(resource_path, []).append(reader.read(path, http_method, operation, path_item))
    return tuple(
        Resource(path=path, methods=tuple(sorted(methods, key=lambda method: method.http_method)))
        for path, methods in sorted(by_path.items())
    )


def resource_path_of(path: str) -> str:
    """Return the resource of a path: API Gateway's resources have no trailing and no doubled slash."""
    return "/" + "/".join(part for part in path.split("/") if part)


def _warn_of_the_rest(source: Source) -> None:
    """Tell what API Gateway leaves out without looking into it."""
    if source.document.get("security"):
        source.warn("Root-level 'security' is not supported; write it on every method. Ignoring.")
    if "x-amazon-apigateway-cors" in source.document:
        source.warn("'x-amazon-apigateway-cors' is not supported for REST APIs; write OPTIONS methods. Ignoring.")
    for path, item in mapping(source.document.get("paths"), "#/paths").items():
        path_item = source.resolve(item, pointer("paths", path))
        if path.startswith("/") and "trace" in path_item and "trace" not in HTTP_METHODS:
            source.warn(f"Unsupported HTTP method 'TRACE' of path '{path}'. Ignoring.")
