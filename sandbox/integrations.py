"""Endpoints of integrations: which kind of call a request of the pipeline is."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.messages import EndpointFailure, EndpointRequest, EndpointResponse
from gateway.rest_api import IntegrationType
from sandbox.http_integration import HttpIntegration
from sandbox.lambda_integration import LambdaCall, call_lambda
from sandbox.lambda_workers import LambdaWorkers
from sandbox.service_integration import ServiceIntegration


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """On whose behalf an endpoint is called."""

    source_arn: str
    account_id: str
    trace_header: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Integrations:
    """All kinds of endpoints."""

    workers: LambdaWorkers
    http: HttpIntegration
    services: ServiceIntegration

    def call(self, request: EndpointRequest, caller: Caller) -> EndpointResponse:
        """Call the endpoint of a request and return its answer or failure; never raises for what an endpoint does."""
        if request.lambda_arn is not None:
            return self._call_lambda(request, request.lambda_arn, caller)
        if request.integration_type in {IntegrationType.HTTP, IntegrationType.HTTP_PROXY}:
            return self.http.call(request)
        if request.integration_type in {IntegrationType.AWS, IntegrationType.AWS_PROXY}:
            return self.services.call(request)
        return EndpointResponse(failure=EndpointFailure.INVALID_ENDPOINT, failure_message="Invalid endpoint address")

    def _call_lambda(self, request: EndpointRequest, lambda_arn: str, caller: Caller) -> EndpointResponse:
        call = LambdaCall(
            lambda_arn=lambda_arn,
            payload=request.body,
            source_arn=request.headers.get("X-Amz-Source-Arn") or caller.source_arn,
            account_id=caller.account_id,
            timeout_ms=request.timeout_ms,
            invocation_type=request.invocation_type,
            credentials=request.credentials,
            trace_header=caller.trace_header,
        )
        return call_lambda(self.workers, call)
