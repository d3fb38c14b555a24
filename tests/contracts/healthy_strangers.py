"""Healthy APIs as other tools make them: what is deployed, what was asked, and what the gateway logged of it.

None of them was made from its contract, as the APIs of the sandbox are: the contract is what the application's
framework writes, and the deployment what SAM, CDK or the Serverless Framework make of a template.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

BASE_URL = "https://abc123.execute-api.us-east-1.amazonaws.com/dev"
APP = "https://app.example.com"
FOREIGN = "https://evil.example"
_FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:"
_INVOKE = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{_FUNCTION}"
_ACCESS_LOG = json.dumps(
    {
        name.replace(".", "_"): f"$context.{name}"
        for name in (
            "requestId", "extendedRequestId", "status", "httpMethod", "resourcePath", "responseLatency",
            "integrationLatency", "integrationStatus", "error.responseType", "xrayTraceId",
        )
    }
)  # fmt: skip
_NO_LIMITS = "Request will not contribute to throttle or quota limits"
_SETTINGS = {"metrics_enabled": True}
STAGE = {"access_log_format": _ACCESS_LOG, "settings": _SETTINGS, "variables": {}}
EXPECT: dict[str, Any] = {
    "cors": {"allowed_origins": [APP]},
    "errors": {"model": None, "request_id": None},
    "correlation": {"header": None},
    "sensitive_fields": None,
}
"""What the team of a generated API says in its file: from where browsers may call, and no more."""

NO_BROWSERS = {**EXPECT, "cors": {"allowed_origins": None}}


TEXT = {"type": "string"}


def plain_document(paths: dict[str, Any]) -> dict[str, Any]:
    """Return an OpenAPI document without a word of API Gateway."""
    return {"openapi": "3.0.3", "info": {"title": "things", "version": "1"}, "paths": paths}


def function_of(name: str) -> dict[str, Any]:
    """Return a Lambda proxy integration as exports write it."""
    return {"type": "AWS_PROXY", "httpMethod": "POST", "uri": f"{_INVOKE}{name}/invocations"}


def asked(  # noqa: PLR0913 - the parts of one exchange
    request: str,
    *,
    status: int,
    answer: Any = "",
    answer_headers: Mapping[str, str | None] | None = None,
    headers: Mapping[str, str] | None = None,
    body: Any = "",
    log: list[str] | str = "missing",
    access: Mapping[str, str] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Return an exchange of a case, with what the gateway recorded of it."""
    return {
        "request": request,
        "base_url": BASE_URL,
        "status": status,
        "headers": dict(headers or {}),
        "body": body,
        "response_body": answer,
        "response_headers": {"x-amz-apigw-id": "ext=", **(answer_headers or {})},
        "log": log,
        "access": {"status": str(status), **(access or {})},
        "trace": ["AWS::ApiGateway::Stage", "AWS::Lambda", "AWS::Lambda::Function"],
        **more,
    }


def refused(request: str, status: int, error_type: str, message: str, **more: Any) -> dict[str, Any]:
    """Return an exchange that the gateway answered itself."""
    headers = {"x-amzn-ErrorType": error_type, **more.pop("answer_headers", {})}
    return asked(request, status=status, answer={"message": message}, answer_headers=headers, **more)


def beginning(  # noqa: PLR0913 - the lines of one request
    http_method: str, path: str, *, headers: str = "Accept=*/*", body: str = "", query: str = "", variables: str = ""
) -> list[str]:
    """Return the lines with which an execution begins, data trace on."""
    return [
        "Extended Request Id: ext=",
        "Verifying Usage Plan for request: rid. API Key:  API Stage: abc123/dev",
        f"API Key  authorized because method '{http_method} {path}' does not require API Key. {_NO_LIMITS}",
        "Usage Plan check succeeded for API Key  and API Stage abc123/dev",
        "Starting execution for request: rid",
        f"HTTP Method: {http_method}, Resource Path: {path}",
        f"Method request path: {{{variables}}}",
        f"Method request query string: {{{query}}}",
        f"Method request headers: {{{headers}}}",
        f"Method request body before transformations: {body}",
    ]


def called(  # noqa: PLR0913 - the lines of one call
    uri: str,
    *,
    headers: str,
    body: str,
    answer: str,
    status: int = 200,
    answer_headers: str = "Content-Type=application/json",
) -> list[str]:
    """Return the lines of a call of the endpoint, data trace on."""
    return [
        f"Endpoint request URI: {uri}",
        f"Endpoint request headers: {{{headers}",
        f"Endpoint request body after transformations: {body}",
        f"Sending request to {uri}",
        f"Received response. Status: {status}, Integration latency: 12 ms",
        f"Endpoint response headers: {{{answer_headers}}}",
        f"Endpoint response body before transformations: {answer}",
    ]


def ending(status: int, body: str, *, headers: str = "Content-Type=application/json") -> list[str]:
    """Return the lines with which an execution ends."""
    return [
        f"Method response body after transformations: {body}",
        f"Method response headers: {{{headers}}}",
        "Successfully completed execution",
        f"Method completed with status: {status}",
        "AWS Integration Endpoint RequestId : 7c2f",
        "X-ray Tracing ID : Root=1-0-0",
    ]


def by_function(  # noqa: PLR0913 - what is asked and answered
    name: str, http_method: str, path: str, status: int, answer: str, *, body: str = ""
) -> list[str]:
    """Return the log of a request that a Lambda proxy integration served. AWS cuts the headers and the event."""
    uri = f"https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/{_FUNCTION}{name}"
    proxied = json.dumps({"statusCode": status, "headers": {"Content-Type": "application/json"}, "body": answer})
    return [
        *beginning(http_method, path, body=body),
        *called(
            f"{uri}/invocations",
            headers="x-amzn-lambda-integration-tag=rid, Authorization=****abcdef, X-Amz-Date=20260301T030000Z, "
            "X-Amz-Security-Token=IQoJb3JpZ2lu [TRUNCATED]",
            body='{"resource":"/{proxy+}","path":"/items","httpMethod":"GET","headers":{"Accept":"*/*" [TRUNCATED]',
            answer=proxied,
        ),
        *ending(status, answer),
    ]


def without_data_trace(lines: list[str]) -> list[str]:
    """Return what is left of a log at INFO where requests and answers are not logged whole."""
    shown = (
        "Extended", "Verifying", "API Key", "Usage Plan", "Starting", "HTTP Method", "Success", "Method completed",
        "AWS",
    )  # fmt: skip
    return [line for line in lines if line.startswith(shown)]


def preflight(
    path: str, origin: str, asked_method: str, answer_headers: Mapping[str, str], **more: Any
) -> dict[str, Any]:
    """Return a preflight of a browser."""
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": asked_method,
        "Access-Control-Request-Headers": "content-type,authorization",
    }
    return asked(
        f"OPTIONS {path}",
        headers=headers,
        answer_headers=answer_headers,
        origin="preflight",
        **{"status": 204, "trace": "missing", **more},
    )


def unknown_path() -> dict[str, Any]:
    """Return what an API without a greedy path answers to a path that it does not know."""
    return refused(
        "GET (none)",
        403,
        "MissingAuthenticationTokenException",
        "Missing Authentication Token",
        path="/stageproof-unknown-1",
        violates=["path"],
        mode="negative",
        access={"error.responseType": "MISSING_AUTHENTICATION_TOKEN"},
    )


_ITEM = {
    "type": "object",
    "required": ["id", "name"],
    "properties": {"id": {"type": "integer"}, "name": {"type": "string"}},
}


def fastapi_document() -> dict[str, Any]:
    """Return a contract as FastAPI writes it: OpenAPI 3.1, no word of API Gateway, a bearer token, 422 for mistakes."""
    problem = {"description": "Validation Error", "content": {"application/json": {"schema": {"type": "object"}}}}
    fine = {"description": "OK", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Item"}}}}
    none = {"description": "Not Found", "content": {"application/json": {"schema": {"type": "object"}}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "items", "version": "0.1.0"},
        "paths": {
            "/items": {
                "post": {
                    "operationId": "create_item",
                    "requestBody": {
                        "required": True,
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/NewItem"}}},
                    },
                    "responses": {"201": fine, "422": problem, "401": none},
                    "security": [{"HTTPBearer": []}],
                },
            },
            "/items/{item_id}": {
                "get": {
                    "operationId": "read_item",
                    "parameters": [
                        {"name": "item_id", "in": "path", "required": True, "schema": {"type": "integer"}},
                        {"name": "limit", "in": "query", "required": False, "schema": {"type": ["integer", "null"]}},
                        {
                            "name": "q",
                            "in": "query",
                            "required": True,
                            "schema": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                        },
                    ],
                    "responses": {"200": fine, "404": none, "422": problem, "401": none},
                    "security": [{"HTTPBearer": []}],
                },
            },
        },
        "components": {
            "schemas": {
                "Item": _ITEM,
                "NewItem": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}},
            },
            "securitySchemes": {"HTTPBearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def framework_traffic(function: str, *, is_greedy: bool) -> list[dict[str, Any]]:
    """Return what the application behind a proxy integration is asked and answers; it sets CORS headers itself."""
    item, problem, none = '{"id": 1, "name": "tea"}', '{"detail": "wrong"}', '{"detail": "Not Found"}'
    token = {"Authorization": "redacted:0123456789ab", "Content-Type": "application/json", "Origin": APP}
    served = {"integrationStatus": "200", **({"resourcePath": "/{proxy+}"} if is_greedy else {})}

    def sent(request: str, path: str, status: int, answer: str, **more: Any) -> dict[str, Any]:
        http_method = request.split(" ", 1)[0]
        log = by_function(function, http_method, path.partition("?")[0], status, answer)
        cors = {"Access-Control-Allow-Origin": APP, "Vary": "Origin", **more.pop("answer_headers", {})}
        told = {"headers": token, "path": path, "access": {**served, "httpMethod": http_method}, **more}
        return asked(request, status=status, answer=answer, answer_headers=cors, log=log, **told)

    wrong, read = {"mode": "negative"}, "GET /items/{item_id}"
    found = [
        sent("POST /items", "/items", 201, item, body='{"name": "tea"}'),
        sent("POST /items", "/items", 422, problem, body="{}", violates=["body"], **wrong),
        sent(read, "/items/1?q=x&limit=10", 200, item),
        sent(read, "/items/1", 422, problem, violates=["query:q"], **wrong),
        sent(read, "/items/9?q=x", 404, none),
        sent(read, "/items/1?q=x", 401, none, violates=["authorization"], headers={"Origin": APP}, **wrong),
    ]
    if not is_greedy:
        return [*found, unknown_path()]
    override = {**token, "X-HTTP-Method-Override": "PATCH"}
    there = {"answer_headers": {"Location": "/items/1"}}
    return [
        *found,
        sent("GET (none)", "/stageproof-unknown-1", 404, none, violates=["path"], **wrong),
        sent("TRACE /items", "/items", 405, none, violates=["method"], **wrong),
        sent("GET (none)", "/items/1/?q=x", 307, "", violates=["path"], **there, **wrong),
        sent("GET (none)", "/items/1?q=x", 200, item, violates=["method"], headers=override, **wrong),
    ]


def sam_proxy() -> dict[str, Any]:
    """SAM: one event a path and method, Lambda proxies, stage Prod whatever the stack is, no validators, no models."""
    function = function_of("items-dev-ItemsFunction-Ab12Cd34")
    cors = {
        "summary": "CORS support",
        "consumes": ["application/json"],
        "responses": {
            "200": {
                "description": "Default response for CORS method",
                "headers": {
                    f"Access-Control-Allow-{name}": {"type": "string"} for name in ("Origin", "Headers", "Methods")
                },
            }
        },
        "x-amazon-apigateway-integration": {
            "type": "mock",
            "requestTemplates": {"application/json": '{\n  "statusCode" : 200\n}\n'},
            "responses": {
                "default": {
                    "statusCode": "200",
                    "responseParameters": {
                        "method.response.header.Access-Control-Allow-Origin": f"'{APP}'",
                        "method.response.header.Access-Control-Allow-Headers": "'content-type,authorization'",
                        "method.response.header.Access-Control-Allow-Methods": "'GET,POST,OPTIONS'",
                    },
                    "responseTemplates": {"application/json": "{}\n"},
                }
            },
        },
    }
    answered = {
        "Access-Control-Allow-Origin": APP,
        "Access-Control-Allow-Headers": "content-type,authorization",
        "Access-Control-Allow-Methods": "GET,POST,OPTIONS",
    }
    document = {
        "swagger": "2.0",
        "info": {"title": "items-dev", "version": "1.0"},
        "paths": {
            "/items": {"post": {"x-amazon-apigateway-integration": function, "responses": {}}, "options": cors},
            "/items/{id}": {
                "get": {
                    "x-amazon-apigateway-integration": function,
                    "responses": {},
                    "parameters": [{"name": "id", "in": "path", "required": True, "type": "string"}],
                },
                "options": cors,
            },
        },
        "x-amazon-apigateway-gateway-responses": CORS_OF_ERRORS,
    }
    mock = [*beginning("OPTIONS", "/items"), *ending(200, "{}\n")][:-2]
    return {
        "base": fastapi_document(),
        "deployed_base": document,
        "stage": {**STAGE, "stage_name": "Prod", "data_trace": False},
        "metadata": {"invoke_url": BASE_URL},
        "expect": EXPECT,
        "exchanges": [
            *_untraced(framework_traffic("items-dev-ItemsFunction-Ab12Cd34", is_greedy=False)),
            *(
                preflight(path, origin, "GET", answered, status=200, answer="{}\n", log=without_data_trace(mock))
                for path in ("/items", "/items/{item_id}")
                for origin in (APP, FOREIGN)
            ),
        ],
    }


CORS_OF_ERRORS = {
    name: {"responseParameters": {"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"}}
    for name in ("DEFAULT_4XX", "DEFAULT_5XX")
}
"""What AWS's own examples do: a gateway response is static and cannot choose among several origins."""


def _untraced(exchanges: list[dict[str, Any]]) -> list[dict[str, Any]]:
    star = {"Access-Control-Allow-Origin": "*"}
    return [
        {
            **one,
            "log": one["log"] if one["log"] == "missing" else without_data_trace(one["log"]),
            "response_headers": {
                **one["response_headers"], **(star if "x-amzn-ErrorType" in one["response_headers"] else {})
            },
        }
        for one in exchanges
    ]  # fmt: skip


def serverless_proxy() -> dict[str, Any]:
    """Serverless Framework: ANY / and ANY /{proxy+} on one function, all binary, the application does the rest."""
    any_method = {"x-amazon-apigateway-integration": function_of("items-dev-api"), "responses": {}}
    document = {
        "openapi": "3.0.1",
        "info": {"title": "dev-items", "version": "1"},
        "paths": {
            "/": {"x-amazon-apigateway-any-method": any_method},
            "/{proxy+}": {
                "x-amazon-apigateway-any-method": {
                    **any_method,
                    "parameters": [{"name": "proxy", "in": "path", "required": True, "schema": {"type": "string"}}],
                }
            },
        },
        "x-amazon-apigateway-binary-media-types": ["*/*"],
        "x-amazon-apigateway-gateway-responses": CORS_OF_ERRORS,
    }
    answered = {
        "Access-Control-Allow-Origin": APP,
        "Access-Control-Allow-Headers": "content-type,authorization",
        "Access-Control-Allow-Methods": "GET, POST, PUT, DELETE",
        "Vary": "Origin",
    }
    refused_origin = {"Vary": "Origin"}
    log = by_function("items-dev-api", "OPTIONS", "/items", 200, "")
    return {
        "base": fastapi_document(),
        "deployed_base": document,
        "stage": STAGE,
        "metadata": {"invoke_url": BASE_URL},
        "expect": EXPECT,
        "exchanges": [
            *framework_traffic("items-dev-api", is_greedy=True),
            *(
                preflight(path, origin, "POST", answered if origin == APP else refused_origin, status=200, log=log)
                for path in ("/items", "/items/{item_id}")
                for origin in (APP, FOREIGN)
            ),
        ],
    }


def sam_out_of_the_box() -> dict[str, Any]:
    """SAM without a word about telemetry: nothing is logged, traced, counted by method, or throttled."""
    told = sam_proxy()
    unread = {"log": "missing", "access": "missing", "trace": "missing"}
    settings = {"logging_level": "OFF", "data_trace": False, "throttling_rate_limit": None}
    return {
        **told,
        "stage": {**settings, "stage_name": "Prod", "variables": {}, "access_log_format": "", "tracing_enabled": False},
        "exchanges": [{**exchange, **unread} for exchange in told["exchanges"]],
    }


def guarded_function() -> dict[str, Any]:
    """A Lambda authorizer, an API key of a usage plan and a web ACL before one function; the run meets its throttle."""
    path, function = "/orders/{orderId}", "orders-dev-api"
    refused_as = {"description": "refused", "content": {"application/json": {"schema": {"type": "object"}}}}
    statuses = dict.fromkeys(("401", "403", "404", "429"), refused_as)
    fine = {"description": "found", "content": {"application/json": {"schema": {"type": "object"}}}}
    document = {
        "openapi": "3.0.1",
        "info": {"title": "orders", "version": "1"},
        "paths": {
            path: {
                "get": {
                    "parameters": [{"name": "orderId", "in": "path", "required": True, "schema": {"type": "string"}}],
                    "responses": {"200": fine, **statuses},
                    "security": [{"key": [], "token": []}],
                    "x-amazon-apigateway-integration": function_of(function),
                }
            }
        },
        "components": {
            "securitySchemes": {
                "key": {"type": "apiKey", "name": "x-api-key", "in": "header"},
                "token": {
                    "type": "apiKey",
                    "name": "Authorization",
                    "in": "header",
                    "x-amazon-apigateway-authtype": "custom",
                    "x-amazon-apigateway-authorizer": {
                        "type": "token",
                        "authorizerUri": f"{_INVOKE}orders-dev-authorizer/invocations",
                        "identitySource": "method.request.header.Authorization",
                        "authorizerResultTtlInSeconds": 300,
                    },
                },
            }
        },
    }
    request, right = f"GET {path}", {"Authorization": "redacted:0123456789ab", "x-api-key": "redacted:ba9876543210"}
    keyless = {"Authorization": right["Authorization"]}
    wrong: dict[str, Any] = {"path": "/orders/o1", "mode": "negative"}
    order = '{"id": "o1"}'
    no_key = (
        "API Key  not authorized because method 'GET /orders/{orderId}' requires API Key and API Key is not associated"
    )
    return {
        "base": document,
        "stage": STAGE,
        "metadata": {"invoke_url": BASE_URL},
        "expect": NO_BROWSERS,
        "exchanges": [
            asked(request, path="/orders/o1", status=200, answer=order, headers=right,
                  log=by_function(function, "GET", "/orders/o1", 200, order)),
            refused(request, 401, "UnauthorizedException", "Unauthorized", headers={"x-api-key": right["x-api-key"]},
                    violates=["authorization"], access={"error.responseType": "UNAUTHORIZED"},
                    log=["Starting authorizer: a1 for request: rid", "Unauthorized request: rid"], **wrong),
            refused(request, 403, "ForbiddenException", "Forbidden", headers=keyless, violates=["api-key"],
                    access={"error.responseType": "INVALID_API_KEY"}, log=[no_key], **wrong),
            refused(request, 403, "ForbiddenException", "Forbidden", path="/orders/..%2F..%2Fetc", headers=right,
                    access={"error.responseType": "WAF_FILTERED"}),
            refused(request, 429, "TooManyRequestsException", "Too Many Requests", path="/orders/o2", headers=right,
                    access={"error.responseType": "THROTTLED"}),
            refused(request, 429, "TooManyRequestsException", "Too Many Requests", violates=["api-key"],
                    access={"error.responseType": "THROTTLED"}, **wrong),
            unknown_path(),
        ],
    }  # fmt: skip
