"""Authorizers of HTTP APIs: Lambda functions (type REQUEST), with simple responses and with policies, and JWTs.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gateway.http_api import (
    HttpApiAuthorizer,
    HttpApiAuthorizerType,
    PayloadFormatVersion,
    Route,
    RouteAuthorizationType,
)
from gateway.policy import Decision, evaluate
from gateway.rest_api import lambda_arn
from sandbox.http_api import choices
from sandbox.http_api.answer import FORBIDDEN, UNAUTHORIZED, own
from sandbox.http_api.event import event_2, function_event
from sandbox.http_api.request import HttpApiRequest
from sandbox.http_api.tokens import IssuerKeys, checked, missing_token
from sandbox.lambda_integration import LambdaCall, call_lambda
from sandbox.lambda_workers import LambdaWorkers

logger = logging.getLogger(__name__)

_TIMEOUT_MS = 10_000
_OF_CONTEXT = ("body", "isBase64Encoded", "version")


def authorize(request: HttpApiRequest, route: Route, workers: LambdaWorkers, keys: IssuerKeys) -> HttpApiRequest:
    """Ask the authorizer of a route.

    Returns:
        The request with what it adds.

    Raises:
        OwnAnswer: 401 without identity, 403 where it refuses, 500 where it fails or is of a kind that is not served.
    """
    if route.authorization_type is RouteAuthorizationType.NONE:
        return request
    authorizer = request.deployed.http_api.authorizers.get(route.authorizer_name or "")
    if authorizer is None:
        logger.warning("the sandbox serves no %s authorization of HTTP APIs", route.authorization_type)
        raise own(choices.FUNCTION_FAILURE, f"no {route.authorization_type} authorization in the sandbox")
    identity = [_identity(expression, request) for expression in authorizer.identity_source]
    if authorizer.authorizer_type is HttpApiAuthorizerType.JWT:
        return _with_token(request, route, authorizer, identity, keys)
    if not all(identity):
        raise own(UNAUTHORIZED, "Unauthorized")
    arn = _route_arn(request)
    document = _asked(authorizer, _event(authorizer, request, identity, arn), request, workers)
    return replace(request, authorizer_context=_decided(authorizer, document, arn))


def _with_token(
    request: HttpApiRequest, route: Route, authorizer: HttpApiAuthorizer, identity: list[str], keys: IssuerKeys
) -> HttpApiRequest:
    value = next(iter(identity), "")
    if not value:
        raise missing_token()
    token = checked(value, authorizer, route.authorization_scopes, keys, now=time.time())
    return replace(request, token=token)


def _identity(expression: str, request: HttpApiRequest) -> str:
    """Return the value of an identity source; empty where the request has none."""
    kind, _, name = expression.removeprefix("$").partition(".")
    if kind == "request":
        place, _, name = name.partition(".")
        if place == "header":
            return request.client.headers.get(name) or ""
        return dict(request.query).get(name, "") if place == "querystring" else ""
    if kind == "stageVariables":
        return request.deployed.stage.stage_variables.get(name, "")
    return request.context().get(name, "") if kind == "context" else ""


def _route_arn(request: HttpApiRequest) -> str:
    """Return the ARN of a request, as policies name it."""
    deployed = request.deployed
    return (
        f"arn:aws:execute-api:{deployed.region}:{deployed.account_id}:{deployed.http_api_id}"
        f"/{deployed.stage.stage_name}/{request.client.http_method}{request.client.path}"
    )


def _event(authorizer: HttpApiAuthorizer, request: HttpApiRequest, identity: list[str], arn: str) -> dict[str, Any]:
    if authorizer.authorizer_payload_format_version is PayloadFormatVersion.TWO:
        parts = {name: value for name, value in event_2(request).items() if name not in _OF_CONTEXT}
        return {"version": "2.0", "type": "REQUEST", "routeArn": arn, "identitySource": identity, **parts}
    parts = function_event(request, PayloadFormatVersion.ONE)
    del parts["body"], parts["isBase64Encoded"]
    sources = {"identitySource": ",".join(identity), "authorizationToken": identity[0] if identity else ""}
    return {**parts, "type": "REQUEST", "methodArn": arn, **sources}


def _asked(
    authorizer: HttpApiAuthorizer, event: Mapping[str, Any], request: HttpApiRequest, workers: LambdaWorkers
) -> Mapping[str, Any]:
    deployed = request.deployed
    source = f"arn:aws:execute-api:{deployed.region}:{deployed.account_id}:{deployed.http_api_id}"
    call = LambdaCall(
        lambda_arn=lambda_arn(authorizer.authorizer_uri) or "",
        payload=json.dumps(event).encode(),
        source_arn=f"{source}/authorizers/{authorizer.authorizer_id}",
        account_id=deployed.account_id,
        timeout_ms=_TIMEOUT_MS,
        trace_header=request.trace_header,
    )
    answer = call_lambda(workers, call)
    if answer.failure is not None or answer.function_error is not None:
        message = answer.body.decode("utf-8", "replace")
        if '"Unauthorized"' in message:
            raise own(UNAUTHORIZED, "Unauthorized")
        raise own(choices.FUNCTION_FAILURE, "The authorizer failed")
    document = json.loads(answer.body)
    if not isinstance(document, dict):
        raise own(choices.FUNCTION_FAILURE, "The authorizer returned no object")
    return document


def _decided(authorizer: HttpApiAuthorizer, document: Mapping[str, Any], arn: str) -> Mapping[str, object]:
    added = document.get("context") or {}
    if authorizer.enable_simple_responses:
        if document.get("isAuthorized") is not True:
            raise own(FORBIDDEN, "Forbidden")
        return dict(added)
    policy = document.get("policyDocument")
    if not isinstance(policy, dict):
        raise own(choices.FUNCTION_FAILURE, "The authorizer returned no policy")
    if evaluate(policy, action="execute-api:Invoke", resource=arn) is not Decision.ALLOW:
        raise own(FORBIDDEN, "Forbidden")
    return {**added, "principalId": document.get("principalId", "")}
