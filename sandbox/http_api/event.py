"""The event of a Lambda proxy integration in payload formats 1.0 and 2.0.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gateway.context import epoch_ms, request_time
from gateway.http_api import PayloadFormatVersion
from sandbox.http_api.request import HttpApiRequest
from sandbox.http_api.tokens import Token

_COOKIE = "cookie"


def function_event(request: HttpApiRequest, version: PayloadFormatVersion) -> dict[str, Any]:
    """Build the event of a function in a payload format. Header names are in lower case in both."""
    return event_2(request) if version is PayloadFormatVersion.TWO else _event_1(request)


def event_2(request: HttpApiRequest) -> dict[str, Any]:
    """Build an event of format 2.0: repeats are joined by commas, and cookies stand apart from the headers."""
    body, is_base64 = request.body
    cookies = [part.strip() for value in request.headers.get_all(_COOKIE) for part in value.split(";") if part.strip()]
    headers = [(name.lower(), value) for name, value in request.headers if name.lower() != _COOKIE]
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": request.route_key,
        "rawPath": request.decoded_path,
        "rawQueryString": request.client.query,
        "cookies": cookies,
        "headers": _joined(headers),
        "queryStringParameters": _joined(request.query),
        "requestContext": _context_2(request),
        "pathParameters": dict(request.path_parameters),
        "stageVariables": dict(request.deployed.stage.stage_variables),
        "body": body,
    }
    told = {name: value for name, value in event.items() if value not in ([], {}, None)}
    return {**told, "isBase64Encoded": is_base64}


def _context_2(request: HttpApiRequest) -> dict[str, Any]:
    authorizer: dict[str, Any] = {}
    if request.authorizer_context:
        authorizer["authorizer"] = {"lambda": dict(request.authorizer_context)}
    if request.token is not None:
        authorizer["authorizer"] = {"jwt": _of_token(request.token)}
    return {
        "accountId": request.deployed.account_id,
        "apiId": request.deployed.http_api_id,
        **authorizer,
        "domainName": request.domain_name,
        "domainPrefix": request.domain_prefix,
        "http": {
            "method": request.client.http_method,
            "path": request.decoded_path,
            "protocol": request.client.protocol,
            "sourceIp": request.client.source_ip,
            "userAgent": request.client.headers.get("User-Agent") or "",
        },
        "requestId": request.request_id,
        "routeKey": request.route_key,
        "stage": request.deployed.stage.stage_name,
        "time": request_time(request.requested_at),
        "timeEpoch": epoch_ms(request.requested_at),
    }


def _event_1(request: HttpApiRequest) -> dict[str, Any]:
    body, is_base64 = request.body
    headers = [(name.lower(), value) for name, value in request.headers]
    path = request.matched.route.path if request.matched else None
    return {
        "version": "1.0",
        "resource": path or request.route_key,
        "path": request.decoded_path,
        "httpMethod": request.client.http_method,
        "headers": dict(headers),
        "multiValueHeaders": _gathered(headers),
        "queryStringParameters": dict(request.query) or None,
        "multiValueQueryStringParameters": _gathered(request.query) or None,
        "requestContext": _context_1(request, path),
        "pathParameters": dict(request.path_parameters) or None,
        "stageVariables": dict(request.deployed.stage.stage_variables) or None,
        "body": body,
        "isBase64Encoded": is_base64,
    }


def _context_1(request: HttpApiRequest, path: str | None) -> dict[str, Any]:
    return {
        "accountId": request.deployed.account_id,
        "apiId": request.deployed.http_api_id,
        "authorizer": dict(request.authorizer_context) or (_of_token(request.token) if request.token else None),
        "domainName": request.domain_name,
        "domainPrefix": request.domain_prefix,
        "extendedRequestId": request.request_id,
        "httpMethod": request.client.http_method,
        "identity": {
            "sourceIp": request.client.source_ip,
            "userAgent": request.client.headers.get("User-Agent") or "",
        },
        "path": request.decoded_path,
        "protocol": request.client.protocol,
        "requestId": request.request_id,
        "requestTime": request_time(request.requested_at),
        "requestTimeEpoch": epoch_ms(request.requested_at),
        "resourceId": request.route_key,
        "resourcePath": path or request.route_key,
        "stage": request.deployed.stage.stage_name,
    }


def _of_token(token: Token) -> dict[str, Any]:
    return {"claims": dict(token.claims), "scopes": None if token.scopes is None else list(token.scopes)}


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {name: ",".join(values) for name, values in _gathered(pairs).items()}


def _gathered(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    gathered: dict[str, list[str]] = {}
    for name, value in pairs:
        gathered.setdefault(name, []).append(value)
    return gathered
