"""CORS of an HTTP API: API Gateway answers preflights itself and puts its own headers in place of the backend's.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
"""

from __future__ import annotations

from collections.abc import Iterator

from gateway.http_api import CorsConfiguration
from gateway.messages import ClientRequest, ClientResponse, Headers

_PREFIX = "access-control-"
_NO_CONTENT = 204


def is_preflight(request: ClientRequest) -> bool:
    """Return whether a request is a preflight."""
    asks = "Origin" in request.headers and "Access-Control-Request-Method" in request.headers
    return request.http_method == "OPTIONS" and asks


def preflight_response(request: ClientRequest, cors: CorsConfiguration) -> ClientResponse:
    """Return API Gateway's own answer to a preflight; without CORS headers where the origin is not allowed."""
    return ClientResponse(status=_NO_CONTENT, headers=Headers(_preflight_headers(request, cors)))


def with_cors(response: ClientResponse, request: ClientRequest, cors: CorsConfiguration | None) -> ClientResponse:
    """Return an answer with the configured CORS headers in place of the backend's; as it is without a configuration."""
    if cors is None:
        return response
    kept = [(name, value) for name, value in response.headers if not name.lower().startswith(_PREFIX)]
    return ClientResponse(
        status=response.status, headers=Headers([*kept, *_headers(request, cors)]), body=response.body
    )


def _headers(request: ClientRequest, cors: CorsConfiguration) -> Iterator[tuple[str, str]]:
    origin = request.headers.get("Origin")
    if origin is None or not cors.allows_origin(origin):
        return
    yield "Access-Control-Allow-Origin", "*" if "*" in cors.allow_origins else origin
    if cors.allow_credentials:
        yield "Access-Control-Allow-Credentials", "true"
    if cors.expose_headers:
        yield "Access-Control-Expose-Headers", ",".join(cors.expose_headers)


def _preflight_headers(request: ClientRequest, cors: CorsConfiguration) -> Iterator[tuple[str, str]]:
    allowed = list(_headers(request, cors))
    if not allowed:
        return
    yield from allowed
    if cors.allow_methods:
        yield "Access-Control-Allow-Methods", ",".join(cors.allow_methods)
    if cors.allow_headers:
        yield "Access-Control-Allow-Headers", ",".join(cors.allow_headers)
    if cors.max_age_s is not None:
        yield "Access-Control-Max-Age", str(cors.max_age_s)
