"""Step 4, the method response: the headers that every answer carries, and what the gateway renames.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
"""

from __future__ import annotations

from gateway import choices
from gateway.messages import ClientResponse, GatewayContext, Headers


def passed_headers(headers: Headers) -> Headers:
    """Return an endpoint's headers as a proxy integration passes them: some renamed, some dropped."""
    passed = []
    for name, value in headers:
        lowered = name.lower()
        if lowered in choices.REMAPPED_RESPONSE_HEADERS:
            passed.append((f"x-amzn-Remapped-{name}", value))
        elif lowered not in choices.DROPPED_RESPONSE_HEADERS:
            passed.append((name, value))
    return Headers(passed)


def finish(
    response: ClientResponse, context: GatewayContext, *, http_method: str, trace_header: str | None
) -> ClientResponse:
    """Return the answer as the client gets it.

    Args:
        response: The answer of the method or of the gateway itself.
        context: The source of the request ids.
        http_method: A HEAD request gets no body.
        trace_header: The value of ``X-Amzn-Trace-Id``; None for MOCK and where the endpoint was never called.
    """
    headers = response.headers
    if "Content-Type" not in headers:
        headers = headers.set("Content-Type", choices.DEFAULT_BODY_CONTENT_TYPE)
    headers = headers.set("x-amzn-RequestId", context.request_id)
    headers = headers.set("x-amz-apigw-id", context.extended_request_id)
    if trace_header is not None:
        headers = headers.set("X-Amzn-Trace-Id", trace_header)
    body = b"" if http_method == "HEAD" else response.body
    return ClientResponse(status=response.status, headers=headers, body=body)


def trace_header(trace_id: str | None, request_headers: Headers) -> str | None:
    """Return the value of the trace header of an answer: the root, and whether the client had it sampled."""
    if trace_id is None:
        return None
    parts = (request_headers.get("X-Amzn-Trace-Id") or "").split(";")
    sampled = next((part.strip() for part in parts if part.strip().lower().startswith("sampled=")), None)
    return f"Root={trace_id}" if sampled is None else f"Root={trace_id};{sampled}"
