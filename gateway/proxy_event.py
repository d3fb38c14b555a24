"""The event of a Lambda proxy integration (format 1.0), and of a REQUEST authorizer, which is much the same.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from urllib.parse import unquote

from gateway import choices
from gateway.context import LOG_ONLY_AUTHORIZER_NAMES
from gateway.method_request import MethodRequest
from gateway.routing import raw_parameters

_REQUEST_CONTEXT_NAMES = (
    "resourceId",
    "resourcePath",
    "operationName",
    "httpMethod",
    "extendedRequestId",
    "requestTime",
    "path",
    "accountId",
    "protocol",
    "stage",
    "domainPrefix",
    "requestId",
    "domainName",
    "deploymentId",
    "apiId",
)
_IDENTITY_NAMES = (
    "cognitoIdentityPoolId",
    "accountId",
    "cognitoIdentityId",
    "caller",
    "sourceIp",
    "principalOrgId",
    "accessKey",
    "cognitoAuthenticationType",
    "cognitoAuthenticationProvider",
    "userArn",
    "userAgent",
    "user",
)
_LOG_ONLY = LOG_ONLY_AUTHORIZER_NAMES - {"integrationLatency"}
_OPTIONAL_IDENTITY_NAMES = ("apiKey", "apiKeyId")


def proxy_event(
    request: MethodRequest, *, context: Mapping[str, str], stage_variables: Mapping[str, str]
) -> dict[str, object]:
    """Build the event that a Lambda proxy integration sends.

    Args:
        request: The method request.
        context: ``$context`` under flat names.
        stage_variables: The stage's variables.

    Returns:
        The event; what is absent is null, as in the recorded events.
    """
    body, is_base64 = _body(request)
    return {
        "resource": request.resource_path,
        **_request_parts(request, context, stage_variables),
        "requestContext": request_context(context),
        "body": body,
        "isBase64Encoded": is_base64,
    }


def authorizer_event(
    request: MethodRequest, *, method_arn: str, context: Mapping[str, str], stage_variables: Mapping[str, str]
) -> dict[str, object]:
    """Build the event of a REQUEST authorizer.

    See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html
    """
    found = _request_parts(request, context, stage_variables)
    parts = {name: {} if value is None else value for name, value in found.items()}
    return {
        "type": "REQUEST",
        "methodArn": method_arn,
        "resource": request.resource_path,
        **parts,
        "requestContext": request_context(context),
    }


def request_context(context: Mapping[str, str]) -> dict[str, object]:
    """Return ``requestContext`` of the event, from flat ``$context`` values."""
    values: dict[str, object] = {name: context[name] for name in _REQUEST_CONTEXT_NAMES if name in context}
    if "requestTimeEpoch" in context:
        values["requestTimeEpoch"] = int(context["requestTimeEpoch"])
    identity: dict[str, object] = {name: context.get(f"identity.{name}") for name in _IDENTITY_NAMES}
    for name in _OPTIONAL_IDENTITY_NAMES:
        if f"identity.{name}" in context:
            identity[name] = context[f"identity.{name}"]
    values["identity"] = identity
    authorizer = _authorizer(context)
    if authorizer:
        values["authorizer"] = authorizer
    return values


def _authorizer(context: Mapping[str, str]) -> dict[str, object]:
    prefix = "authorizer."
    flat = {
        name.removeprefix(prefix): value
        for name, value in context.items()
        if name.startswith(prefix) and name.removeprefix(prefix) not in _LOG_ONLY
    }
    claims = {name.removeprefix("claims."): value for name, value in flat.items() if name.startswith("claims.")}
    values: dict[str, object] = {name: value for name, value in flat.items() if not name.startswith("claims.")}
    if "integrationLatency" in values:
        values["integrationLatency"] = int(str(values["integrationLatency"]))
    return {**values, "claims": claims} if claims else values


def _request_parts(
    request: MethodRequest, context: Mapping[str, str], stage_variables: Mapping[str, str]
) -> dict[str, object]:
    # a custom domain's base path stands in it, a stage does not
    path = context["path"] if "customDomain.basePathMatched" in context else request.path
    multi_query: dict[str, list[str]] = {}
    for name, value in request.query:
        multi_query.setdefault(name, []).append(value)
    return {
        "path": unquote(path) if choices.EVENT_PATH_IS_DECODED else path,
        "httpMethod": request.http_method,
        "headers": request.headers.single() or None,
        "multiValueHeaders": request.headers.multi() or None,
        "queryStringParameters": dict(request.query) or None,
        "multiValueQueryStringParameters": multi_query or None,
        "pathParameters": _path_parameters(request) or None,
        "stageVariables": dict(stage_variables) or None,
    }


def _path_parameters(request: MethodRequest) -> dict[str, str]:
    if choices.EVENT_PATH_IS_DECODED:
        return dict(request.path_parameters)
    found = raw_parameters(request.resource_path, request.path)
    return dict(request.path_parameters) if found is None else found


def _body(request: MethodRequest) -> tuple[str | None, bool]:
    if not request.body:
        return None, False
    if request.is_binary:
        return base64.b64encode(request.body).decode(), True
    return request.text, False
