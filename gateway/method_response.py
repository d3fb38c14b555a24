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


def finish(response: ClientResponse, context: GatewayContext, *, http_method: str, is_traced: bool) -> ClientResponse:
    """Return the answer as the client gets it.

    Args:
        response: The answer of the method or of the gateway itself.
        context: The source of the request ids.
        http_method: A HEAD request gets no body.
        is_traced: Whether the trace header is written: not for MOCK and not where the endpoint was never called.
    """
    headers = response.headers
    if "Content-Type" not in headers:
        headers = headers.set("Content-Type", choices.DEFAULT_BODY_CONTENT_TYPE)
    headers = headers.set("x-amzn-RequestId", context.request_id)
    headers = headers.set("x-amz-apigw-id", context.extended_request_id)
    if is_traced and context.trace_id is not None:
        headers = headers.set("X-Amzn-Trace-Id", trace_header(context.trace_id))
    body = b"" if http_method == "HEAD" else response.body
    return ClientResponse(status=response.status, headers=headers, body=body)


def trace_header(trace_id: str) -> str:
    """Return the value of the trace header of an answer."""
    return f"Root={trace_id}"
