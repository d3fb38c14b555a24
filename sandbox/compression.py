"""Payload compression of a REST API with a minimum compression size.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gzip-compression-decompression.html
"""

from __future__ import annotations

import gzip
import zlib
from dataclasses import replace

from gateway.messages import ClientRequest, ClientResponse, Headers


def decompress_request(request: ClientRequest, minimum_size_bytes: int | None) -> ClientRequest | None:
    """Return the request with its body decompressed, as API Gateway maps it, where compression is enabled.

    None for a coding that is not supported, and for a body that is not in the coding it names: that is a 415.

    See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-make-request-with-compressed-payload.html
    """
    encoding = (request.headers.get("Content-Encoding") or "identity").strip().lower()
    if minimum_size_bytes is None or not request.body or encoding == "identity":
        return request
    if encoding not in {"gzip", "deflate"}:
        return None
    try:
        body = gzip.decompress(request.body) if encoding == "gzip" else _inflate(request.body)
    except (OSError, EOFError, zlib.error):
        return None
    headers = request.headers.without("Content-Encoding")
    if "Content-Length" in headers:
        headers = headers.set("Content-Length", str(len(body)))
    return replace(request, body=body, headers=headers)


def compress_response(
    response: ClientResponse, request_headers: Headers, minimum_size_bytes: int | None
) -> ClientResponse:
    """Return the response compressed where the API enables it, the client accepts it, and the body is long enough."""
    if minimum_size_bytes is None or len(response.body) < max(1, minimum_size_bytes):
        return response
    if response.headers.get("Content-Encoding", "identity") not in {"", "identity"}:
        return response
    encoding = _accepted(request_headers.get("Accept-Encoding"))
    if encoding is None:
        return response
    body = gzip.compress(response.body, mtime=0) if encoding == "gzip" else zlib.compress(response.body)
    return replace(response, body=body, headers=response.headers.set("Content-Encoding", encoding))


def _inflate(body: bytes) -> bytes:
    try:
        return zlib.decompress(body)
    except zlib.error:
        return zlib.decompress(body, -zlib.MAX_WBITS)


def _accepted(accept_encoding: str | None) -> str | None:
    """Return ``gzip`` or ``deflate``, whichever the client prefers, or None when it names neither (``*`` is none)."""
    weights: dict[str, float] = {}
    for part in (accept_encoding or "").split(","):
        name, _, parameters = part.strip().partition(";")
        try:
            weights[name.strip().lower()] = float(parameters.replace(" ", "").removeprefix("q=") or 1)
        except ValueError:
            weights[name.strip().lower()] = 0.0
    weight, encoding = max(
        (weights.get("gzip", 0.0), "gzip"), (weights.get("deflate", 0.0), "deflate"), key=lambda pair: pair[0]
    )
    return encoding if weight > 0 else None
