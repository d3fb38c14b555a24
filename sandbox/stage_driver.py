"""Drives the gateway's pipeline for one request: answers its effects with real calls, then hands over the telemetry."""

from __future__ import annotations

import base64
import random
import secrets
import time
import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from gateway.messages import (
    Answer,
    AuthorizerRequest,
    AuthorizerResponse,
    CacheLookup,
    CacheStore,
    ClientRequest,
    ClientResponse,
    Effect,
    EndpointRequest,
    EndpointResponse,
    GatewayContext,
    UsagePlanRequest,
)
from gateway.pipeline import Executed, execute
from sandbox.authorizers import AuthorizedRequest, Authorizers
from sandbox.compression import compress_response, decompress_request
from sandbox.custom_domains import MappedRequest
from sandbox.integrations import Caller, Integrations
from sandbox.response_caches import ResponseCaches
from sandbox.snapshot import DeployedStage
from sandbox.telemetry.records import CallKind, EndpointCall, StageRecord, TraceContext
from sandbox.telemetry.traces import Sampler, new_root, new_segment_id, root_of, trace_context
from sandbox.telemetry.writer import TelemetryWriter
from sandbox.usage_plans import UsagePlans
from sandbox.web_acl import is_blocked

INVALID_REQUEST_ID = "UUID_REPLACED_INVALID_REQUEST_ID"
_EXTENDED_ID_BYTES = 11
_ALL_TRAFFIC = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A request as it arrived. ``signed_path`` is the raw path the client asked the server for.

    ``is_undecodable``: its body is not in the content coding that it names. ``mapped``: the custom domain it came by.
    ``tested_resource_path``: the resource that TestInvokeMethod names.
    """

    request: ClientRequest
    signed_path: str
    received_at: float
    is_undecodable: bool = False
    mapped: MappedRequest | None = None
    tested_resource_path: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StageDriver:
    """What a stage needs to answer requests."""

    integrations: Integrations
    authorizers: Authorizers
    usage_plans: UsagePlans
    response_caches: ResponseCaches
    telemetry: TelemetryWriter
    sampler: Sampler

    def answer(self, deployed: DeployedStage, arrival: Arrival) -> ClientResponse:
        """Return the stage's answer to a request; its telemetry is on its way."""
        started = time.monotonic()
        deployed = _with_canary(deployed)
        minimum_size = deployed.rest_api.minimum_compression_size_bytes
        plain = decompress_request(arrival.request, minimum_size)
        arrival = replace(arrival, request=plain or arrival.request, is_undecodable=plain is None)
        run = _Run(driver=self, deployed=deployed, arrival=arrival, trace=self._trace(deployed, arrival))
        executed = run.execute()
        response = compress_response(executed.response, arrival.request.headers, minimum_size)
        latency_ms = int((time.monotonic() - started) * 1000)
        self.telemetry.submit(run.record(executed, response, latency_ms))
        return response

    def execute_only(self, deployed: DeployedStage, arrival: Arrival) -> Executed:
        """Run the pipeline with real calls and leave no telemetry behind, as TestInvokeMethod does."""
        return _Run(driver=self, deployed=deployed, arrival=arrival, trace=None).execute()

    def _trace(self, deployed: DeployedStage, arrival: Arrival) -> TraceContext | None:
        if not deployed.stage.tracing_enabled:
            return None
        header = arrival.request.headers.get("X-Amzn-Trace-Id")
        return trace_context(header, self.sampler, arrival.received_at)


@dataclass(slots=True, kw_only=True)
class _Run:
    """One request on its way through the pipeline."""

    driver: StageDriver
    deployed: DeployedStage
    arrival: Arrival
    trace: TraceContext | None
    calls: tuple[EndpointCall, ...] = ()

    def execute(self) -> Executed:
        """Run the pipeline to its end, answering each effect."""
        context = gateway_context(self.deployed, self.arrival, self.trace)
        pipeline = execute(self.deployed.rest_api, self.deployed.stage, self.arrival.request, context)
        try:
            effect = next(pipeline)
            while True:
                effect = pipeline.send(self._answer(effect))
        except StopIteration as end:
            executed: Executed = end.value
            return executed

    def record(self, executed: Executed, response: ClientResponse, latency_ms: int) -> StageRecord:
        """Return what the telemetry needs to know."""
        context = {
            **executed.context,
            "responseLatency": str(latency_ms),
            "responseLength": str(len(response.body)),
        }
        domain_name = context.get("domainName", "")
        return StageRecord(
            deployed=self.deployed,
            request=self.arrival.request,
            url=f"https://{domain_name}{context.get('path', '')}",
            response=response,
            execution=executed.execution,
            context=context,
            resource_path=executed.resource_path,
            trace=self.trace,
            received_at=self.arrival.received_at,
            finished_at=time.time(),
            latency_ms=latency_ms,
            calls=self.calls,
            cache_outcome=executed.cache_outcome,
        )

    def _answer(self, effect: Effect) -> Answer:
        if isinstance(effect, CacheLookup | CacheStore):
            return self.driver.response_caches.answer(self.deployed, effect)
        if isinstance(effect, UsagePlanRequest):
            return self.driver.usage_plans.decide(self.deployed, effect)
        if isinstance(effect, AuthorizerRequest):
            return self._authorize(effect)
        return self._call(effect)

    def _call(self, effect: EndpointRequest) -> EndpointResponse:
        subsegment_id, started_at = new_segment_id(), time.time()
        stage = self.deployed
        method_path = f"{self.arrival.request.http_method}{self.arrival.request.path}"
        caller = Caller(
            source_arn=f"arn:aws:execute-api:{stage.region}:{stage.account_id}:{stage.rest_api.rest_api_id}"
            f"/{stage.stage.stage_name}/{method_path}",
            account_id=stage.account_id,
            trace_header=self._trace_header(subsegment_id),
        )
        answer = self.driver.integrations.call(effect, caller)
        call = EndpointCall(
            kind=CallKind.INTEGRATION,
            uri=effect.uri,
            http_method=effect.http_method,
            function_name=_function_name(effect.lambda_arn),
            subsegment_id=subsegment_id,
            started_at=started_at,
            finished_at=time.time(),
            latency_ms=answer.latency_ms,
            status=answer.status if answer.failure is None else None,
            content_length=len(answer.body),
            failure=answer.failure,
            function_error=answer.function_error,
        )
        self.calls = (*self.calls, call)
        return answer

    def _authorize(self, effect: AuthorizerRequest) -> AuthorizerResponse:
        subsegment_id, started_at = new_segment_id(), time.time()
        asked = AuthorizedRequest(
            request=self.arrival.request,
            signed_path=self.arrival.signed_path,
            deployed=self.deployed,
            trace_header=self._trace_header(subsegment_id),
        )
        answer = self.driver.authorizers.authorize(effect, asked)
        if effect.authorizer is not None and effect.authorizer.uri is not None and answer.latency_ms:
            call = EndpointCall(
                kind=CallKind.AUTHORIZER,
                uri=effect.authorizer.uri,
                http_method="POST",
                function_name=_function_name(effect.authorizer.uri),
                subsegment_id=subsegment_id,
                started_at=started_at,
                finished_at=time.time(),
                latency_ms=answer.latency_ms,
                status=200 if answer.failure is None else None,
                content_length=len(answer.body or ""),
                failure=answer.failure,
                function_error=answer.error_message,
            )
            self.calls = (*self.calls, call)
        return answer

    def _trace_header(self, subsegment_id: str) -> str:
        """Return the tracing header for a call: under our subsegment, else as the client sent it, else unsampled."""
        if self.trace is not None:
            return self.trace.header(subsegment_id)
        own = self.arrival.request.headers.get("X-Amzn-Trace-Id")
        return own if own and "Root=" in own else f"Root={new_root(self.arrival.received_at)};Sampled=0"


def gateway_context(deployed: DeployedStage, arrival: Arrival, trace: TraceContext | None) -> GatewayContext:
    """Return what the gateway knows of a request before its first step.

    A client may name the request by a UUID in ``x-amzn-RequestId``; another value there is not taken.
    """
    rest_api_id = deployed.rest_api.rest_api_id or ""
    return GatewayContext(
        request_id=_request_id(arrival.request),
        extended_request_id=base64.urlsafe_b64encode(secrets.token_bytes(_EXTENDED_ID_BYTES)).decode(),
        rest_api_id=rest_api_id,
        stage_name=deployed.stage.stage_name,
        requested_at=datetime.fromtimestamp(arrival.received_at, tz=UTC),
        account_id=deployed.account_id,
        region=deployed.region,
        domain_name=_own_domain(deployed) if arrival.mapped is None else arrival.mapped.domain_name,
        base_path=None if arrival.mapped is None else arrival.mapped.base_path,
        trace_id=trace.root if trace is not None else None,
        deployment_id=deployed.stage.deployment_id,
        stage_variables=deployed.stage.variables,
        waf_blocks=is_blocked(deployed, arrival.request),
        is_undecodable=arrival.is_undecodable,
        tested_resource_path=arrival.tested_resource_path,
        is_canary=None if deployed.stage.canary_settings is None else deployed.is_canary,
        untraced_root=root_of(arrival.request.headers.get("X-Amzn-Trace-Id")) or new_root(arrival.received_at),
    )


def _own_domain(deployed: DeployedStage) -> str:
    return f"{deployed.rest_api.rest_api_id}.execute-api.{deployed.region}.amazonaws.com"


def _request_id(request: ClientRequest) -> str:
    given = request.headers.get("x-amzn-RequestId")
    if given is None:
        return str(uuid.uuid4())
    try:
        return str(uuid.UUID(given))
    except ValueError:
        return INVALID_REQUEST_ID


def _function_name(arn_or_uri: str | None) -> str | None:
    if arn_or_uri is None or ":function:" not in arn_or_uri:
        return None
    return arn_or_uri.rpartition(":function:")[2].partition("/")[0].partition(":")[0]


def _with_canary(deployed: DeployedStage) -> DeployedStage:
    """Return the stage as a canary serves it, for the canary's share of requests."""
    settings = deployed.stage.canary_settings
    if settings is None or deployed.canary_rest_api is None:
        return deployed
    if random.random() * _ALL_TRAFFIC >= settings.percent_traffic:  # noqa: S311 - a share of traffic, no secret
        return deployed
    stage = replace(
        deployed.stage,
        variables={**deployed.stage.variables, **settings.stage_variable_overrides},
        deployment_id=settings.deployment_id,
        cache_cluster_enabled=deployed.stage.cache_cluster_enabled and settings.use_stage_cache,
    )
    return replace(deployed, rest_api=deployed.canary_rest_api, stage=stage, is_canary=True)
