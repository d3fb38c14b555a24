"""What the gateway model says will come of a request, before it is sent."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from contracts.evidence import Prediction
from gateway import choices
from gateway.gateway_response import default_gateway_response
from gateway.messages import (
    AuthorizerRequest,
    AuthorizerResponse,
    ClientRequest,
    EndpointRequest,
    GatewayContext,
    UsagePlanDecision,
    UsagePlanRequest,
    UsagePlanResponse,
)
from gateway.method_request import refused_signature_of
from gateway.pipeline import execute
from gateway.rest_api import AuthorizerType, GatewayResponseType, RestApi, Stage
from gateway.routing import route

BY_GATEWAY = "gateway"
BY_BACKEND = "backend"
BY_EDGE = "edge"
BY_EITHER = "either"
_HEADERS_TOO_LONG = (400, 413, 431, 494)
_TOO_LARGE = 413
_LAMBDA_TYPES = frozenset({AuthorizerType.TOKEN, AuthorizerType.REQUEST})
_STAGE_VARIABLE = re.compile(r"stageVariables\.(\w+)")
_CONTEXT = GatewayContext(
    request_id="00000000-0000-4000-8000-000000000000",
    extended_request_id="prediction=",
    rest_api_id="prediction",
    stage_name="prediction",
    requested_at=datetime(2026, 1, 1, tzinfo=UTC),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Whether what a request carries is valid: only then do the authorizer and the usage plan let it through."""

    has_valid_token: bool = True
    has_valid_api_key: bool = True


Predictor = Callable[[RestApi, ClientRequest, Caller], Prediction]


def predict(api: RestApi, request: ClientRequest, caller: Caller) -> Prediction:
    """Drive the gateway model with a request up to its endpoint.

    Args:
        api: The REST API, as the contract declares it or as it is deployed.
        request: The request below the stage.
        caller: What the request's credentials are worth.

    Returns:
        Who answers, with which gateway response and status where the gateway does.
    """
    at_edge = _refused_at_the_edge(request)
    if at_edge is not None:
        return at_edge
    stage = Stage(stage_name=_CONTEXT.stage_name, variables=_some_variables(api, request))
    steps = execute(api, stage, request, _CONTEXT)
    asked_lambda = False
    try:
        effect = next(steps)
        while True:
            if isinstance(effect, EndpointRequest):
                steps.close()
                return Prediction(answered_by=BY_BACKEND, reaches_backend=True)
            if isinstance(effect, AuthorizerRequest):
                asked_lambda = effect.authorizer is not None
                effect = steps.send(_authorizer_answer(effect, caller, request))
            else:
                assert isinstance(effect, UsagePlanRequest)  # the stage of a prediction has no cache that is asked
                effect = steps.send(_usage_plan_answer(effect, caller))
    except StopIteration as stop:
        executed = stop.value
    kind = executed.gateway_response
    if kind is GatewayResponseType.API_CONFIGURATION_ERROR and _has_no_integration(api, request):
        return Prediction(answered_by=BY_EITHER)
    if asked_lambda and kind is not None and not caller.has_valid_token:
        return Prediction(answered_by=BY_GATEWAY, statuses=_refused_token_statuses(api), reaches_backend=False)
    return Prediction(
        answered_by=BY_GATEWAY,
        gateway_response=None if kind is None else kind.value,
        statuses=(executed.response.status,),
        reaches_backend=False,
    )


def _has_no_integration(api: RestApi, request: ClientRequest) -> bool:
    """Whether a method has no integration: such a one cannot be deployed, so the contract only does not tell of it."""
    found = route(api, request.http_method, request.path)
    return found is not None and found.method.integration is None


def _some_variables(api: RestApi, request: ClientRequest) -> dict[str, str]:
    """Give every stage variable that the method uses some value: whether the stage lacks one is for a rule to say."""
    found = route(api, request.http_method, request.path)
    integration = None if found is None else found.method.integration
    if integration is None:
        return {}
    texts = (integration.uri or "", *integration.request_templates.values(), *integration.request_parameters.values())
    return dict.fromkeys((name for text in texts for name in _STAGE_VARIABLE.findall(text)), "variable.invalid")


def _refused_at_the_edge(request: ClientRequest) -> Prediction | None:
    """Predict what no step of the gateway sees; the status of such a refusal is not documented."""
    size_bytes = len(request.path) + len(request.query) + sum(len(name) + len(value) for name, value in request.headers)
    if size_bytes > choices.HEADERS_LIMIT_BYTES:
        return Prediction(answered_by=BY_EDGE, statuses=_HEADERS_TOO_LONG, reaches_backend=False)
    if len(request.body) > choices.REQUEST_LIMIT_BYTES:
        return Prediction(answered_by=BY_EDGE, statuses=(_TOO_LARGE,), reaches_backend=False)
    if any(character in request.query for character in choices.UNSUPPORTED_IN_QUERY):
        return Prediction(answered_by=BY_EDGE, statuses=(choices.BARE_PIPE_STATUS,), reaches_backend=False)
    return None


def _authorizer_answer(effect: AuthorizerRequest, caller: Caller, request: ClientRequest) -> AuthorizerResponse:
    """Answer as a healthy authorizer would: a policy (Lambda), claims (Cognito) or an identity (SigV4)."""
    is_policy = effect.authorizer is not None and effect.authorizer.authorizer_type in _LAMBDA_TYPES
    if not caller.has_valid_token:
        if effect.authorizer is None:
            return AuthorizerResponse(refused_signature=refused_signature_of(request.headers))
        return AuthorizerResponse(error_message="Unauthorized" if is_policy else None)
    if not is_policy:
        return AuthorizerResponse(body=json.dumps({"sub": "prediction", "user": "prediction"}))
    statement = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": effect.method_arn}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    return AuthorizerResponse(body=json.dumps({"principalId": "prediction", "policyDocument": policy}))


def _refused_token_statuses(api: RestApi) -> tuple[int, ...]:
    """Return the statuses of a refused token: whether it is 401 or 403 is the authorizer's own choice."""
    configured = {
        kind: api.gateway_responses.get(kind) or default_gateway_response(kind)
        for kind in (GatewayResponseType.UNAUTHORIZED, GatewayResponseType.ACCESS_DENIED)
    }
    fallback = {GatewayResponseType.UNAUTHORIZED: 401, GatewayResponseType.ACCESS_DENIED: 403}
    return tuple(int(response.status_code or fallback[kind]) for kind, response in configured.items())


def _usage_plan_answer(effect: UsagePlanRequest, caller: Caller) -> UsagePlanResponse:
    if effect.required and (effect.api_key is None or not caller.has_valid_api_key):
        return UsagePlanResponse(decision=UsagePlanDecision.INVALID_API_KEY)
    return UsagePlanResponse(decision=UsagePlanDecision.ALLOWED, api_key_id="prediction")
