"""What an HTTP API keeps of a request for its telemetry: a line of the access log, and metrics.

HTTP APIs write no execution log and send no traces.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from gateway.messages import ClientResponse
from sandbox.http_api.answer import OwnAnswer
from sandbox.http_api.integration import Integrated
from sandbox.http_api.request import HttpApiRequest

_CLIENT_ERRORS = range(400, 500)
_SERVER_ERRORS = range(500, 600)


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpApiRecord:
    """One request of an HTTP API, answered."""

    request: HttpApiRequest
    response: ClientResponse
    integrated: Integrated
    finished_at: float
    latency_ms: int

    def context(self) -> dict[str, str]:
        """Return every ``$context`` value for the access log."""
        values = {
            **self.request.context(),
            "status": str(self.response.status),
            "responseLength": str(len(self.response.body)),
            "responseLatency": str(self.latency_ms),
            "dataProcessed": str(len(self.request.client.body) + len(self.response.body)),
        }
        if self.integrated.latency_ms is not None:
            values["integrationLatency"] = values["integration.latency"] = str(self.integrated.latency_ms)
        if self.integrated.status is not None:
            values["integrationStatus"] = values["integration.integrationStatus"] = str(self.integrated.status)
            values["integration.status"] = str(self.integrated.status)
        answer = self.integrated.answer
        if isinstance(answer, OwnAnswer):
            values["error.message"] = answer.message
            values["error.messageString"] = json.dumps(answer.message)
            if self.request.matched is not None:
                values["integrationErrorMessage"] = values["integration.error"] = answer.reason
        return values

    def dimensions(self) -> Iterator[tuple[tuple[str, str], ...]]:
        """Yield the sets of dimensions that the request is counted under."""
        deployed, route = self.request.deployed, self.request.matched.route if self.request.matched else None
        api, stage = ("ApiId", deployed.http_api_id), ("Stage", deployed.stage.stage_name)
        yield (api,)
        yield api, stage
        if route is not None and route.path and deployed.stage.settings_for(route.route_key).detailed_metrics_enabled:
            yield api, ("Method", route.http_method), ("Resource", route.path), stage

    def values(self) -> Iterator[tuple[str, float]]:
        """Yield the metrics of the request."""
        yield "Count", 1
        yield "4xx", int(self.response.status in _CLIENT_ERRORS)
        yield "5xx", int(self.response.status in _SERVER_ERRORS)
        yield "Latency", self.latency_ms
        if self.integrated.latency_ms is not None:
            yield "IntegrationLatency", self.integrated.latency_ms
        yield "DataProcessed", len(self.request.client.body) + len(self.response.body)
