"""Answers one request of an HTTP API: route, preflight, authorizer, integration, CORS, telemetry; in this order."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

from gateway.http_routing import match_route
from gateway.messages import ClientRequest, ClientResponse
from sandbox.custom_domains import MappedRequest
from sandbox.http_api import choices
from sandbox.http_api.answer import NOT_FOUND, OwnAnswer, own
from sandbox.http_api.authorizer import authorize
from sandbox.http_api.cors import is_preflight, preflight_response, with_cors
from sandbox.http_api.integration import Integrated, integrate
from sandbox.http_api.record import HttpApiRecord
from sandbox.http_api.request import HttpApiRequest, new_request_id
from sandbox.http_api.snapshot import DeployedHttpApi
from sandbox.http_api.tokens import IssuerKeys
from sandbox.integrations import Integrations
from sandbox.telemetry.traces import new_root
from sandbox.telemetry.writer import TelemetryWriter

_REQUEST_ID = "Apigw-Requestid"


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpApiDriver:
    """What a stage of an HTTP API needs to answer requests."""

    integrations: Integrations
    telemetry: TelemetryWriter
    keys: IssuerKeys = field(default_factory=IssuerKeys)

    def answer(
        self,
        deployed: DeployedHttpApi,
        client: ClientRequest,
        received_at: float,
        mapped: MappedRequest | None = None,
    ) -> ClientResponse:
        """Return the stage's answer to a request; its telemetry is on its way."""
        started = time.monotonic()
        request = HttpApiRequest(
            deployed=deployed,
            client=client,
            request_id=new_request_id(),
            received_at=received_at,
            trace_header=client.headers.get("X-Amzn-Trace-Id") or f"Root={new_root(received_at)}",
            mapped=mapped,
            matched=match_route(deployed.http_api, client.http_method, client.path),
        )
        request, integrated = self._run(request)
        response = _finished(request, integrated)
        self.telemetry.submit(
            HttpApiRecord(
                request=request,
                response=response,
                integrated=integrated,
                finished_at=time.time(),
                latency_ms=int((time.monotonic() - started) * 1000),
            )
        )
        return response

    def _run(self, request: HttpApiRequest) -> tuple[HttpApiRequest, Integrated]:
        cors = request.deployed.http_api.cors_configuration
        is_own_preflight = cors is not None and is_preflight(request.client)
        route = request.matched.route if request.matched else None
        try:
            if route is not None and not (is_own_preflight and choices.PREFLIGHT_PASSES_THE_AUTHORIZER):
                request = authorize(request, route, self.integrations.workers, self.keys)
        except OwnAnswer as refused:
            return request, Integrated(answer=refused)
        if cors is not None and is_own_preflight and not (route and choices.PREFLIGHT_CALLS_THE_INTEGRATION):
            return request, Integrated(answer=preflight_response(request.client, cors))
        if route is None:
            return request, Integrated(answer=own(NOT_FOUND, "Not Found"))
        return request, integrate(request, route, self.integrations)


def _finished(request: HttpApiRequest, integrated: Integrated) -> ClientResponse:
    """Return the answer as it leaves: with the configured CORS headers and the request's id."""
    answer, cors = integrated.answer, request.deployed.http_api.cors_configuration
    if isinstance(answer, OwnAnswer):
        response = answer.response()
        response = with_cors(response, request.client, cors) if choices.OWN_ERRORS_CARRY_CORS else response
    elif integrated.latency_ms is None:
        response = answer  # API Gateway's own answer to a preflight
    else:
        response = with_cors(answer, request.client, cors)
    return replace(response, headers=response.headers.set(_REQUEST_ID, request.request_id))


def no_such_stage() -> ClientResponse:
    """Return what an HTTP API answers for a stage that does not exist; it leaves no log."""
    response = own(NOT_FOUND).response()
    return replace(response, headers=response.headers.set(_REQUEST_ID, new_request_id()))
