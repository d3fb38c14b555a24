"""The values of ``$context``: flat names for access logs and parameter mapping, nested maps for mapping templates.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from gateway.messages import ClientRequest, GatewayContext
from gateway.routing import Route

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
NO_BASE_PATH = "(none)"
_INTEGER_NAMES = frozenset(("requestTimeEpoch",))
LOG_ONLY_AUTHORIZER_NAMES = frozenset(("latency", "status", "error", "integrationStatus", "integrationLatency"))
_ACCESS_LOG_ONLY = frozenset(
    (
        "integrationLatency",
        "integrationStatus",
        "responseLatency",
        "responseLength",
        "status",
        "integrationErrorMessage",
        "integration.error",
        "integration.integrationStatus",
        "integration.latency",
        "integration.requestId",
        "integration.status",
        *(f"authorizer.{name}" for name in LOG_ONLY_AUTHORIZER_NAMES),
    )
)


def request_context(request: ClientRequest, context: GatewayContext, http_method: str) -> dict[str, str]:
    """Return the ``$context`` values that are known before routing, under flat names."""
    values = {
        "accountId": context.account_id,
        "apiId": context.rest_api_id,
        "domainName": context.domain_name,
        "domainPrefix": context.domain_name.partition(".")[0],
        "extendedRequestId": context.extended_request_id,
        "httpMethod": http_method,
        "identity.sourceIp": request.source_ip,
        "identity.userAgent": request.headers.get("User-Agent"),
        "customDomain.basePathMatched": None if context.base_path is None else context.base_path or NO_BASE_PATH,
        "path": f"{_before_the_path(context)}{request.path}",
        "protocol": request.protocol,
        "requestId": context.request_id,
        "requestTime": request_time(context.requested_at),
        "requestTimeEpoch": str(epoch_ms(context.requested_at)),
        "stage": context.stage_name,
        "deploymentId": context.deployment_id,
        "isCanaryRequest": None if context.is_canary is None else str(context.is_canary).lower(),
        "xrayTraceId": context.trace_id,
    }
    return {name: value for name, value in values.items() if value}


def _before_the_path(context: GatewayContext) -> str:
    """Return what stands before the path of the API: the stage, or the base path of a custom domain."""
    if context.base_path is None:
        return f"/{context.stage_name}"
    return f"/{context.base_path}" if context.base_path else ""


def route_context(route: Route) -> dict[str, str]:
    """Return the ``$context`` values that routing adds."""
    values = {"resourcePath": route.resource.path, "resourceId": route.resource.resource_id}
    if route.method.operation_name is not None:
        values["operationName"] = route.method.operation_name
    return {name: value for name, value in values.items() if value}


def error_context(*, message: str | None, response_type: str, validation_error: str | None = None) -> dict[str, str]:
    """Return ``$context.error.*``. ``messageString`` is the message as JSON, so it can stand bare in a template."""
    values = {
        "error.message": "null" if message is None else message,
        "error.messageString": json.dumps(message, ensure_ascii=False),
        "error.responseType": response_type,
    }
    if validation_error is not None:
        values["error.validationErrorString"] = validation_error
    return values


def nested(values: Mapping[str, str]) -> dict[str, object]:
    """Return ``$context`` as mapping templates see it: nested maps, ``identity`` with all its members.

    Values that only access logs have are left out.
    """
    tree: dict[str, object] = {"identity": dict.fromkeys(_IDENTITY_NAMES), "authorizer": {}}
    for name, value in values.items():
        if name not in _ACCESS_LOG_ONLY:
            _put(tree, name.split("."), int(value) if name in _INTEGER_NAMES and value.isdecimal() else value)
    return tree


def request_time(moment: datetime) -> str:
    """Return ``$context.requestTime``, in the form of the common log format."""
    return moment.strftime("%d/%b/%Y:%H:%M:%S +0000")


def epoch_ms(moment: datetime) -> int:
    """Return milliseconds since 1970."""
    return round(moment.timestamp() * 1000)


def _put(tree: dict[str, object], path: list[str], value: object) -> None:
    for part in path[:-1]:
        inner = tree.get(part)
        if not isinstance(inner, dict):
            inner = tree[part] = {}
        tree = inner
    tree[path[-1]] = value
