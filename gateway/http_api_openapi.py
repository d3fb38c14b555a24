"""OpenAPI documents with API Gateway's extensions, read into an HTTP API as its importer does.

Read are routes with their integrations, Lambda and JWT authorizers in ``securitySchemes``, and
``x-amazon-apigateway-cors``. A path ``/$default`` with ``x-amazon-apigateway-any-method`` is the ``$default`` route.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-open-api.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gateway import http_api_documents as documents
from gateway.http_api import (
    ANY,
    DEFAULT_ROUTE_KEY,
    CorsConfiguration,
    HttpApi,
    HttpApiAuthorizer,
    HttpApiAuthorizerType,
    HttpIntegration,
    Route,
    RouteAuthorizationType,
)
from gateway.openapi.integrations import EXTENSION
from gateway.openapi.source import (
    ANY_METHOD,
    HTTP_METHODS,
    OpenApiError,
    Source,
    dialect_of,
    mapping,
    pointer,
    sequence,
)

_AUTHORIZER = "x-amazon-apigateway-authorizer"
_CORS = "x-amazon-apigateway-cors"
_ALLOWED = "an HTTP API takes aws_proxy and http_proxy, formats 1.0 and 2.0"


def read_http_api(document: Mapping[str, Any]) -> HttpApi:
    """Read an HTTP API.

    Args:
        document: The parsed OpenAPI 3 document.

    Raises:
        OpenApiError: With one line that says what is wrong and where.
    """
    source = Source(document=document, dialect=dialect_of(document))
    info = mapping(document.get("info"), pointer("info"))
    authorizers = {item.name: item for item in _authorizers(source)}
    return HttpApi(
        name=str(info.get("title") or ""),
        description=info.get("description"),
        version=str(info["version"]) if "version" in info else None,
        routes=tuple(sorted(_routes(source, authorizers), key=lambda route: route.route_key)),
        authorizers=authorizers,
        cors_configuration=_cors(document),
    )


def _routes(source: Source, authorizers: Mapping[str, HttpApiAuthorizer]) -> Iterator[Route]:
    for path, item in mapping(source.document.get("paths"), pointer("paths")).items():
        where = pointer("paths", path)
        for key, operation in source.resolve(item, where).items():
            if key not in {*HTTP_METHODS, ANY_METHOD}:
                continue
            http_method = ANY if key == ANY_METHOD else key.upper()
            is_default = path == f"/{DEFAULT_ROUTE_KEY}"
            yield _route(
                source,
                DEFAULT_ROUTE_KEY if is_default else f"{http_method} {path}",
                mapping(operation, f"{where}/{key}"),
                f"{where}/{key}",
                authorizers,
            )


def _route(
    source: Source,
    route_key: str,
    operation: Mapping[str, Any],
    where: str,
    authorizers: Mapping[str, HttpApiAuthorizer],
) -> Route:
    security = sequence(operation.get("security", source.document.get("security")), f"{where}/security")
    required = [pair for alternative in security for pair in mapping(alternative, f"{where}/security").items()]
    found = next(((authorizers[name], scopes) for name, scopes in required if name in authorizers), None)
    authorizer, scopes = found or (None, ())
    kinds = {HttpApiAuthorizerType.JWT: RouteAuthorizationType.JWT, None: RouteAuthorizationType.NONE}
    kind = authorizer.authorizer_type if authorizer else None
    return Route(
        route_key=route_key,
        authorization_type=kinds.get(kind, RouteAuthorizationType.CUSTOM),
        authorizer_name=authorizer.name if authorizer else None,
        authorization_scopes=tuple(map(str, sequence(scopes, f"{where}/security"))),
        operation_name=operation.get("operationId"),
        integration=_integration(source, operation, where),
    )


def _integration(source: Source, operation: Mapping[str, Any], where: str) -> HttpIntegration | None:
    """Return the integration; the extension spells some members otherwise than the control plane."""
    if EXTENSION not in operation:
        return None
    here = f"{where}/{EXTENSION}"
    found = source.resolve(operation[EXTENSION], here)
    document = {
        **found,
        "integrationType": str(found.get("type") or "").upper(),
        "integrationMethod": found.get("httpMethod"),
        "integrationUri": found.get("uri"),
        "integrationSubtype": found.get("subtype"),
        "credentialsArn": found.get("credentials"),
    }
    try:
        read = documents.integration(document)
    except ValueError as error:
        raise OpenApiError(f"{here}: {error}; {_ALLOWED}") from error
    if not read.integration_type.is_proxy:
        raise OpenApiError(f"{here}: {read.integration_type} is no proxy; {_ALLOWED}")
    return read


def _authorizers(source: Source) -> Iterator[HttpApiAuthorizer]:
    for name, scheme in source.section("securitySchemes").items():
        here = f"{pointer('components', 'securitySchemes', name)}/{_AUTHORIZER}"
        found = mapping(mapping(scheme, here).get(_AUTHORIZER), here)
        if not found:
            continue
        sources = found.get("identitySource") or ""
        split = [part.strip() for part in sources.split(",") if part.strip()] if isinstance(sources, str) else sources
        document = {
            **found,
            "name": name,
            "authorizerType": str(found.get("type") or "").upper(),
            "identitySource": split,
        }
        try:
            yield documents.authorizer(document)
        except ValueError as error:
            raise OpenApiError(f"{here}: {error}; an HTTP API takes the types request and jwt") from error


def _cors(document: Mapping[str, Any]) -> CorsConfiguration | None:
    found = mapping(document.get(_CORS), pointer(_CORS))
    return documents.cors_configuration(found) if found else None
