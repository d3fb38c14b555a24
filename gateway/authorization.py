"""Who may call: authorizer first, then API key and usage plan, as the execution log orders them."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping, MutableMapping
from typing import Any

from gateway import choices, signature_refusal
from gateway.authorizer import (
    Authorization,
    Identity,
    authorization,
    authorizer_request,
    check_identity,
    claims_of,
    iam_identity_of,
    identity_of,
    method_arn,
    not_found,
)
from gateway.execution import AuthorizerExecution, LoggedText
from gateway.execution_log import mask
from gateway.execution_log_lines import DENIED
from gateway.gateway_response import default_message
from gateway.messages import (
    Answer,
    AuthorizerRequest,
    AuthorizerResponse,
    Effect,
    GatewayContext,
    UsagePlanDecision,
    UsagePlanRequest,
    UsagePlanResponse,
    expect,
)
from gateway.method_request import MethodRequest
from gateway.policy import Decision, condition_keys, evaluate
from gateway.policy_conditions import Keys
from gateway.refusal import Refused, refused_signature
from gateway.rest_api import AuthorizationType, Authorizer, AuthorizerType, GatewayResponseType, Method, RestApi
from gateway.routing import Route

_Steps = Generator[Effect, Answer, Any]
_REFUSALS = {
    UsagePlanDecision.INVALID_API_KEY: GatewayResponseType.INVALID_API_KEY,
    UsagePlanDecision.NO_USAGE_PLAN: GatewayResponseType.INVALID_API_KEY,
    UsagePlanDecision.THROTTLED: GatewayResponseType.THROTTLED,
    UsagePlanDecision.STAGE_THROTTLED: GatewayResponseType.THROTTLED,
    UsagePlanDecision.QUOTA_EXCEEDED: GatewayResponseType.QUOTA_EXCEEDED,
}
_DECIDED_ELSEWHERE = frozenset((AuthorizationType.AWS_IAM, AuthorizationType.CUSTOM))


def authorize(  # noqa: PLR0913 - all that an authorizer's event is made of
    api: RestApi,
    method: Method,
    request: MethodRequest,
    gateway: GatewayContext,
    *,
    context: MutableMapping[str, str],
    stage_variables: Mapping[str, str],
    logged: MutableMapping[str, Any],
) -> _Steps:
    """Ask whoever the method names; returns the API key that an authorizer may name, else None.

    Raises:
        Refused: 401, 403 or 500.
    """
    arn = method_arn(gateway, request.http_method, request.path)
    keys = condition_keys(
        source_ip=context.get("identity.sourceIp", ""), headers=request.headers, requested_at=gateway.requested_at
    )
    kind = method.authorization_type
    if kind is AuthorizationType.AWS_IAM:
        if not _is_signed(request):
            raise refused_signature(signature_refusal.missing())
        answered = yield AuthorizerRequest(authorizer=None, event={}, method_arn=arn)
        context.update(iam_identity_of(expect(AuthorizerResponse, answered)).context)
        check_resource_policy(api, kind, arn, keys=keys, caller=context.get("identity.userArn"))
        return None
    allows = kind is not AuthorizationType.COGNITO_USER_POOLS and check_resource_policy(api, kind, arn, keys=keys)
    if kind is AuthorizationType.NONE:
        return None
    authorizer = api.authorizers.get(method.authorizer_name or "")
    if authorizer is None:
        raise not_found(method.authorizer_name)
    logged["authorizer"] = AuthorizerExecution(
        authorizer_id=authorizer.authorizer_id or authorizer.name, outcome="unauthorized"
    )
    identity = identity_of(authorizer, request, context=context, stage_variables=stage_variables)
    check_identity(authorizer, identity)
    asked = authorizer_request(authorizer, request, identity, arn, context=context, stage_variables=stage_variables)
    response = expect(AuthorizerResponse, (yield asked))
    context["authorizer.integrationLatency"] = context["authorizer.latency"] = str(response.latency_ms)
    try:
        if kind is AuthorizationType.COGNITO_USER_POOLS:
            granted = claims_of(response, method.authorization_scopes)
            check_resource_policy(api, kind, arn, keys=keys)
        else:
            granted = authorization(response, arn, keys, resource_policy_allows=allows)
    except Refused as refused:
        logged["authorizer"] = _logged(authorizer, identity, asked, response, refused=refused)
        context["authorizer.status"] = {GatewayResponseType.UNAUTHORIZED: "401"}.get(refused.response_type, "500")
        if refused.response_type is GatewayResponseType.ACCESS_DENIED:
            context["authorizer.status"] = "200"
        context["authorizer.error"] = refused.message or (refused.failure or "")
        raise
    logged["authorizer"] = _logged(authorizer, identity, asked, response, granted=granted)
    context["authorizer.status"] = context["authorizer.integrationStatus"] = "200"
    context.update(granted.context)
    return granted.usage_identifier_key


def check_resource_policy(
    api: RestApi, kind: AuthorizationType, arn: str, *, keys: Keys, caller: str | None = None
) -> bool:
    """Apply the API's resource policy; returns whether there is one that allows.

    A deny is one for everybody. Where the policy says nothing of the caller, the request is denied if the method has no
    authorization or a user pool's; a signature stands for a caller of the API's own account whose policies allow, and
    a Lambda authorizer decides itself.

    See: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html

    Raises:
        Refused: 403 ACCESS_DENIED.
    """
    if not api.policy:
        return False
    policy = _policy_document(api.policy)
    decision = evaluate(policy, action="execute-api:Invoke", resource=arn, keys=keys, caller=caller)
    if decision is Decision.ALLOW or (decision is Decision.NEITHER and kind in _DECIDED_ELSEWHERE):
        return decision is Decision.ALLOW
    suffix = " with an explicit deny" if decision is Decision.DENY else ""
    account = arn.split(":")[4]
    shown = arn.replace(account, "*" * (len(account) - 4) + account[-4:])
    who = f"User: {caller or 'anonymous'}"
    message = f"{who} is not authorized to perform: execute-api:Invoke on resource: {shown}{suffix}"
    raise Refused(GatewayResponseType.ACCESS_DENIED, message, failure=DENIED)


def _policy_document(text: str) -> dict[str, object]:
    """Read a policy; GetRestApi returns it with its quotes escaped."""
    try:
        document = json.loads(text)
    except ValueError:
        document = json.loads(f'"{text}"')
    if isinstance(document, str):
        document = json.loads(document)
    return document if isinstance(document, dict) else {}


def check_usage_plan(  # noqa: PLR0913 - all that the log line of a refusal names
    route: Route,
    request: MethodRequest,
    api_key: str | None,
    gateway: GatewayContext,
    *,
    context: MutableMapping[str, str],
    logged: MutableMapping[str, Any],
) -> _Steps:
    """Ask whether the API key may call, and whether the request is within its rates.

    Raises:
        Refused: 403 for the key, 429 for rate or quota.
    """
    method = route.method
    api_stage = f"{gateway.rest_api_id}/{gateway.stage_name}"
    masked = "" if api_key is None else mask(api_key)
    logged.update(usage_plan_checked=True, api_stage=api_stage, api_key=masked or None)
    asked = UsagePlanRequest(
        api_key=api_key,
        required=method.api_key_required,
        resource_path=route.resource.path,
        http_method=method.http_method,
    )
    answered = expect(UsagePlanResponse, (yield asked))
    decision = answered.decision
    if decision is UsagePlanDecision.ALLOWED and method.api_key_required and api_key is None:
        decision = UsagePlanDecision.INVALID_API_KEY
    name = f"{request.http_method} {route.resource.path}"
    if not method.api_key_required:
        logged["api_key_line"] = (
            f"API Key {masked} authorized because method '{name}' does not require API Key. "
            "Request will not contribute to throttle or quota limits"
        )
    elif api_key is not None:
        context["identity.apiKey"] = api_key
        if answered.api_key_id is not None:
            context["identity.apiKeyId"] = answered.api_key_id
    if decision is not UsagePlanDecision.ALLOWED:
        raise _over_plan(decision, answered, route, request, gateway, masked=masked, name=name, logged=logged)


def _over_plan(  # noqa: PLR0913 - all that the log line of a refusal names
    decision: UsagePlanDecision,
    answered: UsagePlanResponse,
    route: Route,
    request: MethodRequest,
    gateway: GatewayContext,
    *,
    masked: str,
    name: str,
    logged: MutableMapping[str, Any],
) -> Refused:
    where = {
        "rest_api_id": gateway.rest_api_id,
        "stage": gateway.stage_name,
        "resource_id": route.resource.resource_id or route.resource.path,
        "http_method": request.http_method,
    }
    limits = f"Limit: {answered.rate_limit or 0:.2f} Burst: {answered.burst_limit or 0}"
    if decision is UsagePlanDecision.THROTTLED:
        logged["throttle_line"] = choices.throttle_line(**where, limits=limits)
        logged["api_key_line"] = None
    elif decision is UsagePlanDecision.STAGE_THROTTLED:
        logged["throttle_line"] = choices.stage_throttle_line(**where, limits=limits)
        logged["api_key_line"] = None
    elif decision is UsagePlanDecision.QUOTA_EXCEEDED:
        logged["throttle_line"] = choices.quota_line(**where)
        logged["api_key_line"] = None
    else:
        logged["api_key_line"] = (
            f"API Key {masked} not authorized because method '{name}' requires API Key and API Key is not associated "
            f"with a Usage Plan for API Stage {gateway.rest_api_id}/{gateway.stage_name}: "
            "No Usage Plan found for key and API Stage"
        )
    response_type = _REFUSALS[decision]
    return Refused(response_type, default_message(response_type))


def _logged(  # noqa: PLR0913 - one line of the log each
    authorizer: Authorizer,
    identity: Identity,
    asked: AuthorizerRequest,
    response: AuthorizerResponse,
    *,
    granted: Authorization | None = None,
    refused: Refused | None = None,
) -> AuthorizerExecution:
    is_token = authorizer.authorizer_type is not AuthorizerType.REQUEST
    outcome = "authorized"
    if refused is not None:
        outcomes = {GatewayResponseType.UNAUTHORIZED: "unauthorized", GatewayResponseType.ACCESS_DENIED: "denied"}
        outcome = outcomes.get(refused.response_type, "failed")
    shown = {name: mask(value) for name, value in identity.values.items()}
    listed = ", ".join(f"{name}={value}" for name, value in shown.items())
    return AuthorizerExecution(
        authorizer_id=authorizer.authorizer_id or authorizer.name,
        identity=next(iter(shown.values()), "") if is_token else f"{{{listed}}}",
        endpoint_uri=lambda_url(authorizer.uri),
        request_body=LoggedText(text=json.dumps(asked.event, separators=(",", ":"))),
        result_body=None if response.body is None else LoggedText(text=response.body),
        principal=None if granted is None else mask(granted.principal_id),
        outcome=outcome,
    )


def lambda_url(uri: str | None) -> str | None:
    """Return the URL behind an authorizer's URI, None where it has none."""
    from gateway.endpoint_uri import aws_service_url

    return aws_service_url(uri) if uri and uri.startswith("arn:") and ":apigateway:" in uri else uri


def _is_signed(request: MethodRequest) -> bool:
    names = {name for name, _ in request.query}
    return "Authorization" in request.headers or "X-Amz-Signature" in names
