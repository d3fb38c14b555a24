"""What the stage server keeps of a request for its telemetry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from gateway.execution import Execution
from gateway.messages import ClientRequest, ClientResponse, EndpointFailure
from gateway.response_cache import CacheOutcome
from sandbox.snapshot import DeployedStage


class CallKind(StrEnum):
    """Why an endpoint was called."""

    AUTHORIZER = "AUTHORIZER"
    INTEGRATION = "INTEGRATION"


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceContext:
    """A request's place in a trace: its root, the caller's segment where it named one, and the stage's own segment."""

    root: str
    segment_id: str
    parent_id: str | None
    is_sampled: bool

    def header(self, parent_id: str) -> str:
        """Return the tracing header for what this request calls, under one of its segments."""
        return f"Root={self.root};Parent={parent_id};Sampled={int(self.is_sampled)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointCall:
    """One call that the gateway made. Times are seconds since the epoch; ``status`` is None without an answer."""

    kind: CallKind
    uri: str
    http_method: str
    function_name: str | None
    subsegment_id: str
    started_at: float
    finished_at: float
    latency_ms: int
    status: int | None = None
    content_length: int = 0
    failure: EndpointFailure | None = None
    function_error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRecord:
    """One request of a stage, answered. ``context`` holds every ``$context`` value for the access log.

    ``resource_path`` and ``http_method`` are those of the routed method, None where no method was found.
    ``cache_outcome`` is None where the method is not cached, or the request ended before the cache.
    """

    deployed: DeployedStage
    request: ClientRequest
    url: str
    response: ClientResponse
    execution: Execution
    context: Mapping[str, str]
    resource_path: str | None
    trace: TraceContext | None
    received_at: float
    finished_at: float
    latency_ms: int
    calls: tuple[EndpointCall, ...] = ()
    cache_outcome: CacheOutcome | None = None

    @property
    def rest_api_id(self) -> str:
        """The identifier of the API."""
        return self.deployed.rest_api.rest_api_id or ""

    @property
    def integration_call(self) -> EndpointCall | None:
        """The call of the integration's endpoint, None where there was none."""
        return next((call for call in self.calls if call.kind is CallKind.INTEGRATION), None)
