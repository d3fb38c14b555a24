"""Integrations of HTTP APIs: Lambda functions in payload formats 1.0 and 2.0, and HTTP endpoints by proxy.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from urllib.parse import quote, urljoin

from gateway.http_api import ANY, HttpIntegration, Route
from gateway.messages import ClientResponse, EndpointFailure, EndpointRequest, EndpointResponse, Headers
from gateway.rest_api import ConnectionType, IntegrationType
from sandbox.http_api import choices
from sandbox.http_api.answer import OwnAnswer, own
from sandbox.http_api.event import function_event
from sandbox.http_api.function_response import function_response
from sandbox.http_api.parameter_mapping import mapped_request, mapped_response
from sandbox.http_api.request import HttpApiRequest
from sandbox.integrations import Integrations
from sandbox.lambda_integration import LambdaCall, call_lambda

_OF_THE_CONNECTION = ("connection", "content-length", "keep-alive", "transfer-encoding")


@dataclass(frozen=True, slots=True, kw_only=True)
class Integrated:
    """What came of an integration: its answer or the gateway's, the call's latency, and the endpoint's status."""

    answer: ClientResponse | OwnAnswer
    latency_ms: int | None = None
    status: int | None = None


def integrate(request: HttpApiRequest, route: Route, integrations: Integrations) -> Integrated:
    """Call the integration of a route."""
    integration = route.integration
    if integration is None:
        return Integrated(answer=own(choices.FUNCTION_FAILURE, "The route has no integration"))
    request, path = mapped_request(request, integration.request_parameters)
    if integration.lambda_arn is not None:
        return _with_parameters(_function(request, integration, integrations), request, integration)
    is_served = integration.integration_type is IntegrationType.HTTP_PROXY
    if not is_served or integration.connection_type is ConnectionType.VPC_LINK:
        return Integrated(answer=own(choices.ENDPOINT_UNREACHABLE, "The sandbox has no such endpoint"))
    called = _endpoint(request, route, integration, integrations, path=path)
    return _with_parameters(called, request, integration)


def _with_parameters(called: Integrated, request: HttpApiRequest, integration: HttpIntegration) -> Integrated:
    """Apply the mappings of the endpoint's response; the gateway's own answers have none."""
    if isinstance(called.answer, OwnAnswer):
        return called
    return replace(called, answer=mapped_response(called.answer, request, integration.response_parameters))


def _function(request: HttpApiRequest, integration: HttpIntegration, integrations: Integrations) -> Integrated:
    version = integration.payload_format_version
    deployed = request.deployed
    source = f"arn:aws:execute-api:{deployed.region}:{deployed.account_id}:{deployed.http_api_id}"
    call = LambdaCall(
        lambda_arn=integration.lambda_arn or "",
        payload=json.dumps(function_event(request, version)).encode(),
        source_arn=f"{source}/{deployed.stage.stage_name}/{request.client.http_method}{request.client.path}",
        account_id=deployed.account_id,
        timeout_ms=integration.timeout_ms,
        credentials=integration.credentials_arn,
        trace_header=request.trace_header,
    )
    answer = call_lambda(integrations.workers, call)
    if answer.failure is EndpointFailure.TIMEOUT:
        return _failed(answer, own(choices.INTEGRATION_TIMEOUT, "Endpoint request timed out"))
    if answer.failure is not None or answer.function_error is not None:
        return _failed(answer, own(choices.FUNCTION_FAILURE, answer.failure_message or "The function failed"))
    try:
        response: ClientResponse | OwnAnswer = function_response(answer.body, version)
    except OwnAnswer as malformed:
        response = malformed
    return Integrated(answer=response, latency_ms=answer.latency_ms, status=answer.status)


def _failed(answer: EndpointResponse, instead: OwnAnswer) -> Integrated:
    return Integrated(
        answer=instead, latency_ms=answer.latency_ms, status=answer.status if answer.failure is None else None
    )


def _endpoint(
    request: HttpApiRequest,
    route: Route,
    integration: HttpIntegration,
    integrations: Integrations,
    *,
    path: str | None,
) -> Integrated:
    http_method = integration.integration_method or ANY
    sent = EndpointRequest(
        integration_type=IntegrationType.HTTP_PROXY,
        http_method=request.client.http_method if http_method == ANY else http_method,
        uri=_uri(request, route, integration, path),
        headers=_forwarded(request),
        body=request.client.body,
        timeout_ms=integration.timeout_ms,
    )
    answer = integrations.http.call(sent)
    if answer.failure is not None:
        is_late = answer.failure is EndpointFailure.TIMEOUT
        instead = choices.INTEGRATION_TIMEOUT if is_late else choices.ENDPOINT_UNREACHABLE
        return _failed(answer, own(instead, answer.failure_message))
    response = ClientResponse(
        status=answer.status, headers=answer.headers.without(*_OF_THE_CONNECTION), body=answer.body
    )
    return Integrated(answer=response, latency_ms=answer.latency_ms, status=answer.status)


def _uri(request: HttpApiRequest, route: Route, integration: HttpIntegration, path: str | None) -> str:
    """Return the endpoint's URL with path variables and stage variables filled in, and the query.

    ``$default`` hands the whole path on; a mapped path takes the place of the URL's.
    """
    uri = integration.integration_uri or ""
    for name, value in request.path_parameters.items():
        uri = uri.replace(f"{{{name}}}", quote(value, safe="/"))
    for name, value in request.deployed.stage.stage_variables.items():
        uri = uri.replace(f"${{stageVariables.{name}}}", value)
    if path is not None:
        uri = urljoin(uri, quote(path, safe="/"))
    elif route.is_default:
        uri = uri.rstrip("/") + request.client.path
    return f"{uri}?{request.client.query}" if request.client.query else uri


def _forwarded(request: HttpApiRequest) -> Headers:
    """Return the client's headers with ``Forwarded``, which HTTP APIs send in place of ``X-Forwarded-*``."""
    forwarded = f"by={request.domain_name};for={request.client.source_ip};host={request.domain_name};proto=https"
    headers = request.client.headers.without("Host", *_OF_THE_CONNECTION)
    return headers.set("Forwarded", forwarded).set("X-Amzn-Trace-Id", request.trace_header)
