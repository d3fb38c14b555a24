"""Every choice of the model that no recording or documentation confirms, in one place.

API Gateway's documentation and the public recordings leave gaps. Where the model had to choose, the choice stands here,
with what speaks for it, so that one recording made on AWS can settle it in one line. All other modules ask this one.
"""

from __future__ import annotations

HEADER_NAMES_ARE_CASE_SENSITIVE = False
"""Whether ``method.request.header.X`` finds only a header spelt ``X``.

Not confirmed: API Gateway's notes call parameter names case-sensitive, while HTTP/2 clients send lower case. The model
finds a header however it is spelt.
"""

METHOD_OVERRIDE_HEADER = "X-HTTP-Method-Override"
"""A request with this header is served by the method it names. Reported by users, not confirmed by a recording."""

RESOURCES_WITHOUT_METHODS_ARE_SKIPPED = True
"""A resource without any method does not take part in routing, so a greedy sibling may serve its path. Unconfirmed."""

SEMICOLON_SEPARATES_QUERY = True
"""Whether ``;`` separates query parameters: documented as "results in the data being split", not how.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
"""

EVENT_PATH_IS_DECODED = False
"""Whether ``path`` and ``pathParameters`` of the Lambda proxy event are percent-decoded: reported that they are not.

See: https://github.com/serverless/serverless/issues/5037, https://github.com/middleapi/standard-server/pull/93
"""

PATH_PARAMETERS_NEED_NO_DECLARATION = True
"""Mapping expressions find path parameters even if the method does not declare them; others must be declared.

API Gateway refuses undeclared ones when the integration is put, so a deployed API seldom shows the difference.
"""

DEFAULT_BODY_CONTENT_TYPE = "application/json"
"""The content type of a request or response that names none. Documented for templates, not confirmed for models."""

AUTHORIZER_DEFAULT_TTL_S = 300
"""How long an authorizer's result is kept when its setting is absent, in seconds: documented as the default."""

LAMBDA_SUCCESS_MATCHES_DEFAULT_ONLY = True
"""A Lambda function that succeeds has no ``errorMessage``, so only the default integration response takes it."""

ERROR_LEVEL_IGNORES_DATA_TRACE = True
"""At logging level ERROR only the lines of a refusal or failure are written, even with data trace on. Not confirmed."""

REQUEST_LIMIT_BYTES = 10 * 1024 * 1024
"""The largest request body: documented. AWS's front ends refuse a larger one, in plain text and without an id.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html,
https://github.com/koki-develop/lgtm-generator/issues/10 (both 413s as they were received)
"""

RESPONSE_LIMIT_BYTES = 10 * 1024 * 1024
"""The largest body of an endpoint's answer: documented. A larger one gives a 500; the log's words are not confirmed.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html,
https://traveler0401.com/api-gateway-payload/ (a 500 as it was received)
"""

FUNCTION_PAYLOAD_LIMIT_BYTES = 6 * 1024 * 1024
"""The largest event of a Lambda function: documented. API Gateway answers a larger one with REQUEST_TOO_LARGE."""

REQUEST_TOO_LARGE_IS_CUSTOMIZED = False
"""Whether the gateway response REQUEST_TOO_LARGE (or DEFAULT_4XX for it) can be customized: documented that it cannot.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
"""

HEADERS_LIMIT_BYTES = 10_240
"""The largest request line and headers together. Documented; how exactly the bytes are counted is not confirmed.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
"""

HEADERS_TOO_LONG_STATUS = 431
"""What AWS's front ends answer then: before the API, without an id, a log line or a gateway response.

The message (``HTTP header is larger than 10240 bytes.``) was reported by users; 400, 413 and 431 all were, none of them
is confirmed.
"""

UNSUPPORTED_IN_QUERY = "|{}"
"""Characters that a query must not hold unless they are encoded: documented.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
"""

BARE_PIPE_STATUS = 400
"""What AWS's front ends answer to a query with a bare ``|`` or brace. That they are not supported is documented, the
status is not.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
"""

MISSING_STATUS_CODE_OF_PROXY_RESPONSE = 200
"""The status of a Lambda proxy response that is an object without ``statusCode``. Not confirmed."""

BASE64_FOLLOWS_ACCEPT = True
"""A proxy response with ``isBase64Encoded`` is decoded only if the first media type of ``Accept`` is binary.

Documented; reports of other behaviour for the response's own content type exist.
"""

MODELS_CHECK_FORMATS = False
"""Whether ``format`` of a model is enforced. Not confirmed; the model does not refuse what AWS may let through."""

ROUTED_NOWHERE_IS_LOGGED = False
"""Whether a request that no method serves appears in the execution log. No such line was ever found."""

MALFORMED_PROXY_RESPONSE_STATUS = 502
"""The status of a failed or malformed Lambda proxy answer: recorded. Its type, INTEGRATION_FAILURE, is recorded too, of
functions that failed.

See: https://github.com/DataBiosphere/azul/issues/8192
"""

EMPTY_TEMPLATE_PASSES_THROUGH = True
"""An integration response with an empty template passes the body on unchanged: documented.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html
"""

DROPPED_REQUEST_HEADERS = frozenset(
    (
        "content-md5",
        "expect",
        "max-forwards",
        "proxy-authenticate",
        "server",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "www-authenticate",
    )
)
"""Headers that reach no endpoint of a proxy integration: documented.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
"""

DROPPED_HTTP_PROXY_REQUEST_HEADERS = frozenset(("connection", "content-encoding", "content-length", "host", "via"))
"""Headers that an HTTP proxy integration does not pass either: the gateway's own connection has its own.

The same table has ``Connection`` passed through; a header of one connection cannot be.
"""

DROPPED_LAMBDA_PROXY_REQUEST_HEADERS = frozenset(("connection",))
"""Headers that are not in the event of a Lambda proxy integration either: documented in the same table."""

REMAPPED_RESPONSE_HEADERS = frozenset(
    (
        "authorization",
        "connection",
        "content-length",
        "content-md5",
        "date",
        "max-forwards",
        "server",
        "user-agent",
        "www-authenticate",
    )
)
"""Headers of an endpoint's answer that reach the client as ``x-amzn-Remapped-…``: documented in the same table.

``Content-Length`` is not there; recorded answers of Lambda's own API and many reports show it remapped.
"""

DROPPED_RESPONSE_HEADERS = frozenset(
    (
        "expect",
        "host",
        "proxy-authenticate",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "via",
        "x-amzn-requestid",
        "x-amz-apigw-id",
        "x-amzn-trace-id",
    )
)
"""Headers of an endpoint's answer that never reach the client of a proxy integration: documented in the same table.

That the gateway writes the last three itself is observed, not documented.
"""


LAMBDA_REFUSES_WHAT_IS_NO_JSON = "BAD_REQUEST_BODY"
"""The gateway response where a template gives a Lambda function something that is no JSON.

That the client gets 400 with ``Could not parse request body into json: …`` is reported; its type is not confirmed.
"""

LOGGED_REPEATS = "last"
"""Which value of a repeated header or parameter the execution log shows. Not confirmed; a Java map holds the last."""

LOGGED_RESOURCE_PATH = "requested"
"""Whether ``Resource Path:`` names the requested path (recorded for TestInvokeMethod) or the resource's template.

For the log of a stage it is not confirmed; the model writes the requested path in both.
"""

SIGNED_MAY_INVALIDATE_CACHE = True
"""Whether a caller of an ``AWS_IAM`` method may invalidate cache entries.

Documented is that IAM grants it (``execute-api:InvalidateCache``), so nobody may who is not signed. A caller's policies
are not read: the model grants it to whoever is signed. Whether a resource policy may grant it is not confirmed.
"""

CACHE_INVALIDATION_REFUSAL = "ACCESS_DENIED"
"""The gateway response of ``FAIL_WITH_403``. The status is documented ("403 Unauthorized"), its type is not."""

CACHE_INVALIDATION_REFUSAL_MESSAGE = "Unauthorized"
"""What it says. Not confirmed: worded as the documentation names the answer."""

CACHE_CONTROL_IGNORED_WARNING = "199 Cache-control headers were ignored because the caller was unauthorized."
"""The ``Warning`` header of ``SUCCEED_WITH_RESPONSE_HEADER``. That there is one is documented, its text is not."""

CACHE_HIT_IS_LOGGED_WITH_LATENCY_0 = False
"""Whether an answer of the cache writes ``Received response. Integration latency: 0 ms`` into the execution log.

No recorded line tells of a cache. Log queries that AWS Support published take requests with a latency above 0 for those
that the cache did not answer, which hints at such a line; the model writes none of the endpoint's lines. Evidence is
read both ways: a latency of 0 without ``Sending request to`` is no call of the endpoint.

See: https://github.com/aws-samples/serverless-snippets/tree/main/apigateway-log-insights-caching
"""


def throttle_line(*, rest_api_id: str, stage: str, resource_id: str, http_method: str, limits: str) -> str:
    """Return the log line of a key over its rate: recorded for API keys."""
    return (
        f"Key throttle limit exceeded for RestApi {rest_api_id}, Stage {stage}, Resource {resource_id}, "
        f"HttpMethod {http_method}. {limits}"
    )


def quota_line(*, rest_api_id: str, stage: str, resource_id: str, http_method: str) -> str:
    """Return the log line of a key over its quota. No such line was ever found; it is worded as the throttle's."""
    return (
        f"Key quota limit exceeded for RestApi {rest_api_id}, Stage {stage}, Resource {resource_id}, "
        f"HttpMethod {http_method}."
    )


def stage_throttle_line(*, rest_api_id: str, stage: str, resource_id: str, http_method: str, limits: str) -> str:
    """Return the log line of a method or stage over its rate. No such line was ever found; worded as the key's."""
    return (
        f"Method throttle limit exceeded for RestApi {rest_api_id}, Stage {stage}, Resource {resource_id}, "
        f"HttpMethod {http_method}. {limits}"
    )
