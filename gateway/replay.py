"""The mapping oracle's half that is the gateway: what a logged execution should have sent and answered.

Inputs come from the execution log; what it does not hold (times, masked headers, cut texts) is *unknown*. Whether an
unknown matters is found by trying: the step runs with several stand-ins for it, and what differs between the runs
depends on it. So a verdict is only possible where the log proves one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from gateway import integration_request, integration_response, method_response
from gateway.execution import Execution, LoggedMap, LoggedText
from gateway.gateway_response import customized, default_status
from gateway.logged_world import World, why, worlds
from gateway.messages import EndpointResponse, Headers
from gateway.method_request import BINARY_MARK, MethodRequest, validate
from gateway.proxy_response import proxy_response
from gateway.refusal import Refused
from gateway.rest_api import GatewayResponseType, Integration, IntegrationType, Method, RestApi, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedEndpointRequest:
    """What the model says the endpoint should have been sent.

    Attributes:
        body: The text after transformation; None where unknown.
        uri: The address with path and query; None where unknown.
        headers: The headers that mapping or overrides set, as far as known.
        template: The mapping template that was used, None where the body passes through.
        refused: The gateway response that should have ended the request here, None where it goes on.
        failure: The text after ``Execution failed due to`` that belongs to it.
        mock_status: The status that a MOCK integration should answer.
        unknown: For ``body``, ``uri``, ``header.X``: why the log does not prove it.
    """

    body: str | None = None
    uri: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    template: str | None = None
    refused: GatewayResponseType | None = None
    failure: str | None = None
    mock_status: int | None = None
    unknown: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedMethodResponse:
    """What the model says the client should have got.

    Attributes:
        status: The status; None where unknown.
        body: The text after transformation; None where unknown.
        headers: The headers that mapping, overrides or a proxy's answer set, as far as known.
        selection_pattern: The pattern of the integration response that was chosen, None for the default or a proxy.
        template: The response template, None where the body passes through.
        refused: The gateway response that should have been answered instead.
        failure: The text after ``Execution failed due to`` that belongs to it.
        unknown: For ``status``, ``body``, ``header.X``: why the log does not prove it.
    """

    status: int | None = None
    body: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    selection_pattern: str | None = None
    template: str | None = None
    refused: GatewayResponseType | None = None
    failure: str | None = None
    unknown: Mapping[str, str] = field(default_factory=dict)


_E = TypeVar("_E", ExpectedEndpointRequest, ExpectedMethodResponse)


def expected_endpoint_request(  # noqa: PLR0913 - what is known, once
    api: RestApi,
    method: Method,
    execution: Execution,
    stage: Stage,
    *,
    context: Mapping[str, str] | None = None,
    query: str | None = None,
) -> ExpectedEndpointRequest:
    """Say what the integration request of a logged execution should be.

    Args:
        api: The API as deployed.
        method: The method that served the request.
        execution: What the log tells; without data trace nothing can be said.
        stage: The stage, for its name and variables.
        context: ``$context`` values known from elsewhere (an access entry), under flat names.
        query: The raw query that the client sent, where known: the log shows one value a name.
    """
    missing = _missing_request(execution)
    if missing is not None:
        return ExpectedEndpointRequest(unknown={"body": missing, "uri": missing})
    possible = worlds(api, method, execution, stage, context or {}, query)
    expected = [_request_in(api, method, stage, world) for world in possible]
    return _merged(expected, why(method, execution, possible, response=False))


def expected_method_response(  # noqa: PLR0913 - what is known, once
    api: RestApi,
    method: Method,
    execution: Execution,
    stage: Stage,
    *,
    context: Mapping[str, str] | None = None,
    query: str | None = None,
) -> ExpectedMethodResponse:
    """Say what the method response of a logged execution should be.

    Args:
        api: The API as deployed.
        method: The method that served the request.
        execution: What the log tells; without data trace nothing can be said.
        stage: The stage, for its name and variables.
        context: ``$context`` values known from elsewhere (an access entry), under flat names.
        query: The raw query that the client sent, where known: the log shows one value a name.
    """
    execution = _with_invoke_status(method, execution)
    missing = _missing_request(execution) or _missing_response(method, execution)
    if missing is not None:
        return ExpectedMethodResponse(unknown={"status": missing, "body": missing})
    possible = worlds(api, method, execution, stage, context or {}, query)
    expected = [_response_in(api, method, stage, world) for world in possible]
    return _merged(expected, why(method, execution, possible, response=True))


def _missing_request(execution: Execution) -> str | None:
    parts: tuple[tuple[str, LoggedMap | LoggedText | None], ...] = (
        ("path", execution.request_path),
        ("query string", execution.request_querystring),
        ("headers", execution.request_headers),
        ("body", execution.request_body),
    )
    for name, part in parts:
        if part is None:
            return f"the log holds no method request {name} (data trace is off or the line is missing)"
    body = execution.request_body
    if body is not None and body.truncated:
        return "the log cut the method request body at 1,024 bytes"
    if body is not None and body.text == BINARY_MARK:
        return "the log does not show a binary method request body"
    return None


def _with_invoke_status(method: Method, execution: Execution) -> Execution:
    """Fill in the status that older logs leave out: a Lambda invocation that answered at all answered 200.

    See: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html (function errors are 200 too)
    """
    invoked = method.integration is not None and method.integration.lambda_arn is not None
    answered = execution.integration_latency_ms is not None and execution.endpoint_response_body is not None
    if execution.endpoint_status is None and invoked and answered:
        return replace(execution, endpoint_status=200)
    return execution


def _missing_response(method: Method, execution: Execution) -> str | None:
    integration = method.integration
    if integration is None or integration.integration_type is IntegrationType.MOCK:
        return None
    if execution.endpoint_status is None:
        return "the log holds no status of the endpoint"
    body, headers = execution.endpoint_response_body, execution.endpoint_response_headers
    if body is None or headers is None:
        return "the log holds no endpoint response (data trace is off or the line is missing)"
    if body.truncated:
        return "the log cut the endpoint response body at 1,024 bytes"
    if body.text == BINARY_MARK:
        return "the log does not show a binary endpoint response body"
    return None


def _request_in(api: RestApi, method: Method, stage: Stage, world: World) -> ExpectedEndpointRequest:
    template = _request_template(method.integration, world.request)
    try:
        validate(api, method, world.request)
        built = integration_request.build(method, world.request, context=world.context, stage_variables=stage.variables)
    except Refused as refused:
        return ExpectedEndpointRequest(refused=refused.response_type, failure=refused.failure, template=template)
    if built.endpoint is None:
        return ExpectedEndpointRequest(mock_status=built.mock_status, template=template)
    endpoint = built.endpoint
    headers = {name: endpoint.headers.get_all(name)[-1] for name in built.mapped_header_names}
    return ExpectedEndpointRequest(
        body=endpoint.body.decode("utf-8", "replace"), uri=endpoint.uri, headers=headers, template=template
    )


def _request_template(integration: Integration | None, request: MethodRequest) -> str | None:
    if integration is None or integration.integration_type.is_proxy:
        return None
    try:
        chosen = integration_request.template_of(integration, request.content_type)
    except Refused:
        return None
    return None if chosen is None else chosen[1]


def _response_in(api: RestApi, method: Method, stage: Stage, world: World) -> ExpectedMethodResponse:
    try:
        return _answered_in(api, method, stage, world)
    except Refused as refused:
        custom = customized(api, refused.response_type)
        status = refused.status or default_status(refused.response_type)
        if custom is not None and custom.status_code:
            status = int(custom.status_code)
        return ExpectedMethodResponse(status=status, refused=refused.response_type, failure=refused.failure)


def _answered_in(api: RestApi, method: Method, stage: Stage, world: World) -> ExpectedMethodResponse:
    built = integration_request.build(method, world.request, context=world.context, stage_variables=stage.variables)
    integration = method.integration
    assert integration is not None
    response = world.response or EndpointResponse(status=built.mock_status or 0)
    if integration.integration_type is IntegrationType.AWS_PROXY:
        integration_response.check_function(response)
        answer = proxy_response(response.body, world.request.headers, api.binary_media_types)
        return _expected(answer.status, method_response.passed_headers(answer.headers), answer.body)
    if integration.integration_type is IntegrationType.HTTP_PROXY:
        body = integration_response.passed_body(response, world.request, integration, api.binary_media_types)
        return _expected(response.status, method_response.passed_headers(response.headers), body)
    chosen = integration_response.select(integration, response)
    answer = integration_response.transform(
        method,
        chosen,
        response,
        world.request,
        binary_media_types=api.binary_media_types,
        context=world.context,
        stage_variables=stage.variables,
        overrides=built.overrides,
    )
    template = integration_response.template_of(chosen, world.request.headers)
    expected = _expected(answer.status, answer.headers, answer.body)
    return replace(
        expected,
        selection_pattern=chosen.selection_pattern or None,
        template=None if template is None else template[1],
    )


def _expected(status: int, headers: Headers, body: bytes) -> ExpectedMethodResponse:
    return ExpectedMethodResponse(status=status, headers=headers.single(), body=body.decode("utf-8", "replace"))


def _merged(expected: list[_E], why: Callable[[], str]) -> _E:
    """Keep what all worlds agree on; the rest is unknown."""
    first = expected[0]
    if all(other == first for other in expected[1:]):
        return first
    unknown: dict[str, str] = {}
    changes: dict[str, object] = {}
    for name in ("body", "uri", "status", "refused", "failure", "mock_status", "template", "selection_pattern"):
        if hasattr(first, name) and any(getattr(other, name) != getattr(first, name) for other in expected[1:]):
            unknown[name] = why()
            changes[name] = None
    headers = dict(first.headers)
    for header in {name for one in expected for name in one.headers}:
        if any(one.headers.get(header) != first.headers.get(header) for one in expected):
            unknown[f"header.{header}"] = why()
            headers.pop(header, None)
    return replace(first, **changes, headers=headers, unknown=unknown)  # type: ignore[arg-type]  # names as above
