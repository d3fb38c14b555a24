"""The four steps in order, without I/O: a generator that asks for what it cannot know and is sent the answers.

Authorization, usage plan, method request, integration request, (endpoint), integration response, method response; every
step can end the request with a gateway response. No clock and no randomness: times and ids come in.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-method-settings.html
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from gateway import choices, integration_request, integration_response, method_request, method_response, response_cache
from gateway.authorization import authorize, check_usage_plan
from gateway.context import error_context, request_context, route_context
from gateway.execution import Execution, LoggedMap, LoggedText
from gateway.execution_log import mask
from gateway.gateway_response import answer
from gateway.messages import (
    Answer,
    ClientRequest,
    ClientResponse,
    Effect,
    EndpointRequest,
    EndpointResponse,
    GatewayContext,
    Headers,
    expect,
)
from gateway.method_request import BINARY_MARK, MethodRequest
from gateway.parameter_mapping import MappingSource, RequestSource
from gateway.proxy_response import proxy_response
from gateway.refusal import Refused
from gateway.response_cache import Cached, CacheOutcome
from gateway.rest_api import (
    AuthorizationType,
    GatewayResponseType,
    Integration,
    IntegrationType,
    Method,
    RestApi,
    Stage,
)
from gateway.routing import Route, route, tested_route
from gateway.vtl import Overrides

Steps: TypeAlias = Generator[Effect, Answer, "Executed"]

_SECRET_HEADERS = frozenset(("authorization", "x-api-key", "x-amz-security-token"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Executed:
    """A request that went through the steps.

    Attributes:
        response: What the client gets.
        execution: What the execution log tells of it.
        context: All ``$context`` values under flat names, for the access log; the driver adds ``responseLatency``.
        resource_path: The resource that served it; None where no method did.
        gateway_response: The type of the gateway's own answer, None where the method answered.
        cache_outcome: Whether the stage's cache answered; None where the method is not cached, or was not reached.
    """

    response: ClientResponse
    execution: Execution
    context: Mapping[str, str]
    resource_path: str | None
    gateway_response: GatewayResponseType | None
    cache_outcome: CacheOutcome | None = None


def execute(api: RestApi, stage: Stage, request: ClientRequest, context: GatewayContext) -> Steps:
    """Lead one request through the steps.

    Args:
        api: The API as deployed.
        stage: The stage, for its name and variables.
        request: The request as it arrived.
        context: What the gateway itself knows of the request.

    Yields:
        Questions to authorizer, usage plan, cache and endpoint; each is to be answered with its own kind of answer. The
        cache is asked for methods that are cached alone.

    Returns:
        The answer and what the logs tell of it.
    """
    return (yield from _Run(api=api, stage=stage, client=request, gateway=context).steps())


@dataclass(slots=True, kw_only=True)
class _Run:
    """The state of one request: what the log will tell, and ``$context`` as it grows."""

    api: RestApi
    stage: Stage
    client: ClientRequest
    gateway: GatewayContext
    logged: dict[str, Any] = field(default_factory=dict)
    context: dict[str, str] = field(default_factory=dict)
    route: Route | None = None
    endpoint_answered: bool = False
    cached: Cached | None = None

    @property
    def variables(self) -> Mapping[str, str]:
        return {**self.stage.variables, **self.gateway.stage_variables}

    @property
    def trace_header(self) -> str | None:
        return method_response.trace_header(self.gateway.trace_root, self.client.headers)

    def steps(self) -> Steps:
        http_method = method_request.effective_http_method(self.client)
        self.client = method_request.arrived(self.client, self.gateway)
        self.context.update(request_context(self.client, self.gateway, http_method))
        try:
            response = yield from self._method(http_method)
            refused = None
        except Refused as refusal:
            response, refused = self._refuse(refusal), refusal
        return self._executed(response, refused)

    def _method(self, http_method: str) -> Generator[Effect, Answer, ClientResponse]:
        self.route = self._routed(http_method)
        if self.route is None:
            raise method_request.routed_nowhere(self.client)
        self.context.update(route_context(self.route))
        self.logged["extended_request_id"] = self.gateway.extended_request_id
        self.logged["trace_id"] = self.gateway.trace_id
        if self.stage.web_acl_arn is not None:
            self.context["webaclArn"] = self.stage.web_acl_arn
            self.context["wafResponseCode"] = "WAF_BLOCK" if self.gateway.waf_blocks else "WAF_ALLOW"
        if self.gateway.waf_blocks:
            raise Refused(GatewayResponseType.WAF_FILTERED, "Forbidden")
        if self.gateway.is_undecodable:
            raise Refused(GatewayResponseType.UNSUPPORTED_MEDIA_TYPE, "Unsupported Media Type")
        request = method_request.method_request(self.api, self.route, self.client, http_method)
        key = yield from self._authorized(request)
        yield from self._planned(request, key)
        self._log_method_request(request)
        method_request.validate(self.api, self.route.method, request)
        return (yield from self._integrated(request))

    def _routed(self, http_method: str) -> Route | None:
        tested = self.gateway.tested_resource_path
        if tested is not None:
            return tested_route(self.api, http_method, tested, self.client.path)
        return route(self.api, http_method, self.client.path)

    def _authorized(self, request: MethodRequest) -> Generator[Effect, Answer, str | None]:
        assert self.route is not None
        steps = authorize(
            self.api, self.route.method, request, self.gateway, context=self.context, stage_variables=self.variables,
            logged=self.logged,
        )  # fmt: skip
        key: str | None = yield from steps
        return key

    def _planned(self, request: MethodRequest, usage_identifier_key: str | None) -> Generator[Effect, Answer, None]:
        assert self.route is not None
        key = method_request.api_key(self.api, self.client, usage_identifier_key)
        yield from check_usage_plan(self.route, request, key, self.gateway, context=self.context, logged=self.logged)

    def _integrated(self, request: MethodRequest) -> Generator[Effect, Answer, ClientResponse]:
        assert self.route is not None
        method = self.route.method
        self.cached = yield from self._looked_up(request)
        entry = None if self.cached is None else self.cached.entry
        if entry is not None:
            if choices.CACHE_HIT_IS_LOGGED_WITH_LATENCY_0:
                self.logged["integration_latency_ms"] = entry.response.latency_ms
            answered, overrides = entry.response, Overrides()
        else:
            answered, overrides = yield from self._asked(method, request)
        integration = method.integration
        assert integration is not None
        response = self._transformed(method, integration, answered, request, overrides)
        yield from response_cache.keep(self.cached, answered, at=self.gateway.requested_at)
        self.logged["completed"] = True
        return response_cache.warned(self.cached, self._logged_response(response, integration))

    def _looked_up(self, request: MethodRequest) -> Generator[Effect, Answer, Cached | None]:
        if not self.stage.cache_cluster_enabled or self.route is None:
            return None
        source = replace(request.source(self.route.method), declared=None)
        return (
            yield from response_cache.look_up(
                self.stage,
                self.route,
                request.http_method,
                MappingSource(request=source, context=self.context, stage_variables=self.variables),
                is_signed=self.route.method.authorization_type is AuthorizationType.AWS_IAM,
                at=self.gateway.requested_at,
            )
        )

    def _asked(
        self, method: Method, request: MethodRequest
    ) -> Generator[Effect, Answer, tuple[EndpointResponse, Overrides]]:
        built = integration_request.build(method, request, context=self.context, stage_variables=self.variables)
        if built.endpoint is None:
            return EndpointResponse(status=built.mock_status or 0), built.overrides
        return (yield from self._called(built.endpoint)), built.overrides

    def _transformed(
        self,
        method: Method,
        integration: Integration,
        answered: EndpointResponse,
        request: MethodRequest,
        overrides: Overrides,
    ) -> ClientResponse:
        if integration.integration_type is IntegrationType.AWS_PROXY:
            return self._proxied(answered, request)
        if integration.integration_type is IntegrationType.HTTP_PROXY:
            return self._passed(answered, request, integration)
        chosen = integration_response.select(integration, answered)
        return integration_response.transform(
            method,
            chosen,
            answered,
            request,
            binary_media_types=self.api.binary_media_types,
            context=self.context,
            stage_variables=self.variables,
            overrides=overrides,
        )

    def _called(self, endpoint: EndpointRequest) -> Generator[Effect, Answer, EndpointResponse]:
        self.logged.update(
            endpoint_called=True,
            endpoint_uri=endpoint.uri,
            endpoint_request_headers=logged_headers(endpoint.headers),
            endpoint_request_body=logged_body(endpoint.body),
        )
        integration_request.check_payload(endpoint)
        response = expect(EndpointResponse, (yield endpoint))
        self._log_endpoint_response(response)
        integration_response.check_reached(response)
        integration_response.check_size(response)
        self.endpoint_answered = True
        return response

    def _log_endpoint_response(self, response: EndpointResponse) -> None:
        self.context["integrationLatency"] = self.context["integration.latency"] = str(response.latency_ms)
        if response.endpoint_request_id is not None:
            self.logged["endpoint_request_id"] = response.endpoint_request_id
            self.context["awsEndpointRequestId"] = self.context["integration.requestId"] = response.endpoint_request_id
        if response.failure is not None:
            return
        self.context["integrationStatus"] = self.context["integration.integrationStatus"] = str(response.status)
        if self.route is None or not _is_function_proxy(self.route):  # what a function itself says is read later
            self.context["integration.status"] = str(response.status)
        self.logged.update(
            endpoint_status=response.status,
            integration_latency_ms=response.latency_ms,
            endpoint_response_headers=logged_headers(response.headers),
            endpoint_response_body=logged_body(response.body),
        )

    def _proxied(self, answered: EndpointResponse, request: MethodRequest) -> ClientResponse:
        integration_response.check_function(answered)
        response = proxy_response(answered.body, request.headers, self.api.binary_media_types)
        self.context["integration.status"] = str(response.status)
        return replace(response, headers=method_response.passed_headers(response.headers))

    def _passed(self, answered: EndpointResponse, request: MethodRequest, integration: Integration) -> ClientResponse:
        body = integration_response.passed_body(answered, request, integration, self.api.binary_media_types)
        headers = method_response.passed_headers(answered.headers)
        return ClientResponse(status=answered.status, headers=headers, body=body)

    def _log_method_request(self, request: MethodRequest) -> None:
        self.logged.update(
            started=True,
            http_method=request.http_method,
            resource_path=request.path if choices.LOGGED_RESOURCE_PATH == "requested" else request.resource_path,
            request_path=LoggedMap(items=tuple(request.path_parameters.items())),
            request_querystring=logged_pairs(request.query),
            request_headers=logged_headers(request.headers),
            request_body=LoggedText(text=BINARY_MARK) if request.is_binary else LoggedText(text=request.text),
        )

    def _logged_response(self, response: ClientResponse, integration: Integration) -> ClientResponse:
        is_traced = integration.integration_type is not IntegrationType.MOCK and self.endpoint_answered
        headers = response.headers
        if is_traced and self.trace_header is not None:
            headers = Headers([("X-Amzn-Trace-Id", self.trace_header), *headers])
        self.logged["response_headers"] = logged_headers(headers)
        self.logged["response_body"] = logged_body(response.body)
        return response

    def _refuse(self, refused: Refused) -> ClientResponse:
        self.context.update(
            error_context(
                message=refused.message,
                response_type=refused.response_type.value,
                validation_error=refused.validation_error,
            )
        )
        error = refused.integration_error or refused.failure
        if error is not None and self.logged.get("started"):
            self.context["integrationErrorMessage"] = self.context["integration.error"] = error
        self.logged.update(
            failure=refused.failure,
            validation_errors=refused.validation_errors,
            lambda_error=refused.lambda_error,
            gateway_response_type=refused.response_type.value,
        )
        source = MappingSource(
            request=RequestSource(
                path_parameters={} if self.route is None else self.route.path_parameters,
                query=method_request.query_pairs(self.client.query),
                headers=self.client.headers,
                body=self.client.body.decode("utf-8", "replace"),
            ),
            context=self.context,
            stage_variables=self.variables,
        )
        return answer(self.api, refused, source)

    def _executed(self, response: ClientResponse, refused: Refused | None) -> Executed:
        finished = method_response.finish(
            response,
            self.gateway,
            http_method=self.client.http_method,
            trace_header=self.trace_header if self.endpoint_answered and refused is None else None,
        )
        self.context["status"] = str(finished.status)
        self.context["responseLength"] = str(len(finished.body))
        if not (refused is not None and _ended_in_authorizer(self.logged)):
            self.logged["status"] = finished.status
        return Executed(
            response=finished,
            execution=Execution(request_id=self.gateway.request_id, **self.logged),
            context=self.context,
            resource_path=None if self.route is None else self.route.resource.path,
            gateway_response=None if refused is None else refused.response_type,
            cache_outcome=None if self.cached is None else self.cached.outcome,
        )


def logged_headers(headers: Headers) -> LoggedMap:
    """Return headers as the log shows them: secrets masked, one value a name."""
    items = ((name, mask(value) if name.lower() in _SECRET_HEADERS else value) for name, value in headers)
    return logged_pairs(items)


def logged_pairs(pairs: Iterable[tuple[str, str]]) -> LoggedMap:
    """Return pairs as the log shows them: of repeats what `choices.LOGGED_REPEATS` says."""
    if choices.LOGGED_REPEATS == "last":
        return LoggedMap(items=tuple(dict(pairs).items()))
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return LoggedMap(items=tuple((name, ",".join(several)) for name, several in values.items()))


def logged_body(body: bytes) -> LoggedText:
    """Return a body as the log shows it; bytes that are no text appear as ``[Binary Data]``."""
    try:
        return LoggedText(text=body.decode())
    except UnicodeDecodeError:
        return LoggedText(text=BINARY_MARK)


def _is_function_proxy(found: Route) -> bool:
    integration = found.method.integration
    return integration is not None and integration.integration_type is IntegrationType.AWS_PROXY


def _ended_in_authorizer(logged: Mapping[str, Any]) -> bool:
    return logged.get("authorizer") is not None and not logged.get("usage_plan_checked")
