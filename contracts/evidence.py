"""The vocabulary of evidence: what was sent, what AWS recorded about it, and both joined.

A thing read from AWS is ``Present(value)`` or ``Missing(reason)``: unread is never false.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

from gateway.execution import AccessEntry, Execution
from gateway.http_api import HttpApi, HttpApiStage
from gateway.messages import Headers
from gateway.rest_api import RestApi, Stage, UsagePlan

__all__ = [
    "NOT_COLLECTED",
    "NOT_OF_HTTP_APIS",
    "AccessEntry",
    "AccountSettings",
    "AlarmMetric",
    "AlarmTopic",
    "ApiKind",
    "Completeness",
    "Configuration",
    "DeployedAlarm",
    "DomainName",
    "Evidence",
    "Exchange",
    "Execution",
    "HttpApiConfiguration",
    "HttpRequest",
    "HttpResponse",
    "LogGroup",
    "MetricPoint",
    "Missing",
    "Mode",
    "Origin",
    "Prediction",
    "Present",
    "StageMetadata",
    "TimeWindow",
    "Trace",
    "TraceSegment",
    "Transaction",
]

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Present(Generic[T]):
    """Evidence that was read."""

    value: T


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """Evidence that could not be read, and how to get it.

    ``aws_error_code`` is AWS's own (``AccessDeniedException``); ``remedy`` says the mend, for example the IAM action to
    add.
    """

    reason: str
    aws_error_code: str | None = None
    remedy: str | None = None


Evidence = Present[T] | Missing

NOT_COLLECTED = Missing(reason="not collected: the recording is older than this kind of evidence")
"""What a recording has that was made before a kind of evidence was collected."""

NOT_OF_HTTP_APIS = Missing(reason="not applicable: an HTTP API has no such thing, or it is not read of one")
"""What stands in the parts of a configuration that only REST APIs have."""


class ApiKind(StrEnum):
    """The two kinds of API that API Gateway serves over HTTP: REST APIs (version 1) and HTTP APIs (version 2)."""

    REST = "rest"
    HTTP = "http"


class Mode(StrEnum):
    """Whether the traffic obeys the contract."""

    POSITIVE = "positive"
    NEGATIVE = "negative"


class Origin(StrEnum):
    """Which probe sent an exchange."""

    EXAMPLES = "examples"
    COVERAGE = "coverage"
    FUZZING = "fuzzing"
    STATEFUL = "stateful"
    PREFLIGHT = "preflight"
    VIOLATION = "violation"
    PROVOCATION = "provocation"
    BREAKER = "breaker"
    IDENTITY = "identity"
    CACHE = "cache"
    TEST_INVOKE = "test_invoke"


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """A request as it was sent. ``url`` is absolute and percent-encoded."""

    http_method: str
    url: str
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpResponse:
    """An answer as it was received; ``body`` after content-encoding is undone."""

    status: int
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """What a probe expects by the gateway model, written before the answer came.

    ``answered_by`` is one of ``gateway``, ``backend``, ``edge`` (a server before the gateway) and ``either`` (what the
    model cannot know); ``gateway_response`` a ``GatewayResponseType`` value where the gateway should answer itself;
    ``statuses`` the statuses that fit (empty: any).
    """

    answered_by: str
    gateway_response: str | None = None
    statuses: tuple[int, ...] = ()
    reaches_backend: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its answer as the client saw them.

    ``resource_path`` and ``http_method`` name the operation of the contract that was addressed (``/users/{userId}``,
    ``GET``); ``resource_path`` is None where a probe addressed no operation. ``response`` is None when none came, and
    ``error`` says why. ``intent`` says in words what is special about the request (the violated constraint, the
    preflight's origin). ``violates`` names what is violated: ``body``, ``content-type``, ``query:limit``,
    ``header:X-A``, ``path:id``, ``api-key``, ``authorization``, ``path``, ``method``. ``trace_id`` is the root that
    was sent.
    """

    exchange_id: str
    resource_path: str | None
    http_method: str
    origin: Origin
    mode: Mode
    request: HttpRequest
    response: HttpResponse | None
    sent_at: datetime
    elapsed_ms: float
    trace_id: str | None = None
    error: str | None = None
    intent: str = ""
    violates: tuple[str, ...] = ()
    prediction: Prediction | None = None
    operation_id: str | None = None

    @property
    def operation(self) -> str:
        """The operation as people write it: ``POST /users``; a probe outside of every operation names its URL path."""
        return f"{self.http_method} {self.resource_path or '(no operation)'}"

    @property
    def request_id(self) -> str | None:
        """``$context.requestId`` as the answer told it, None without an answer.

        A REST API tells it by ``x-amzn-RequestId`` and stands out by ``x-amz-apigw-id``; an HTTP API tells it by
        ``apigw-requestid``, beside which an ``x-amzn-RequestId`` is that of a backend.
        """
        return self._id_of_http_api or self.response_header("x-amzn-RequestId")

    @property
    def extended_request_id(self) -> str | None:
        """``$context.extendedRequestId`` as the answer told it (HTTP APIs: the request id), None without one."""
        return self.response_header("x-amz-apigw-id") or self._id_of_http_api

    @property
    def _id_of_http_api(self) -> str | None:
        """The id by which an HTTP API answered; a REST API before it would have set ``x-amz-apigw-id``."""
        is_of_rest_api = self.response_header("x-amz-apigw-id") is not None
        return None if is_of_rest_api else self.response_header("apigw-requestid")

    @property
    def is_of_http_api(self) -> bool:
        """Whether the answer came through an HTTP API, as its id tells."""
        return self._id_of_http_api is not None

    @property
    def error_type(self) -> str | None:
        """``x-amzn-ErrorType``: present when the gateway itself answered."""
        return self.response_header("x-amzn-ErrorType")

    def response_header(self, name: str) -> str | None:
        """Return the first value of a header of the answer, None without the header or the answer."""
        return None if self.response is None else self.response.headers.get(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceSegment:
    """One X-Ray segment or subsegment. Times are seconds since the epoch; ``parent_id`` None for the root.

    ``inferred`` says that X-Ray made the segment up from a subsegment of the caller, for a service that sends none.
    """

    segment_id: str
    name: str
    start_s: float
    end_s: float | None
    parent_id: str | None = None
    origin: str | None = None
    status: int | None = None
    request_id: str | None = None
    fault: bool = False
    error: bool = False
    throttle: bool = False
    annotations: Mapping[str, object] = field(default_factory=dict)
    subsegments: tuple[TraceSegment, ...] = ()
    inferred: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """All segments of one trace."""

    trace_id: str
    segments: tuple[TraceSegment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """One request joined with all that AWS recorded about it."""

    exchange: Exchange
    execution: Evidence[Execution]
    access_entry: Evidence[AccessEntry]
    trace: Evidence[Trace]


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricPoint:
    """One statistic of one metric over one period; ``value`` in the metric's own unit."""

    metric_name: str
    statistic: str
    dimensions: Mapping[str, str]
    start_at: datetime
    period_s: int
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSettings:
    """The account's API Gateway settings of a Region."""

    cloudwatch_role_arn: str | None = None
    throttle_rate_limit: float | None = None
    throttle_burst_limit: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogGroup:
    """A log group as it was found; ``exists`` False when it was looked for and is not there."""

    log_group_name: str
    exists: bool
    retention_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmMetric:
    """A metric that an alarm looks at; ``period_s`` in seconds, ``unit`` None where the alarm asks for no unit."""

    metric_name: str
    statistic: str
    period_s: int
    dimensions: Mapping[str, str] = field(default_factory=dict)
    unit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployedAlarm:
    """A CloudWatch alarm on metrics of an API, as it is deployed.

    ``metrics`` are those of the namespace AWS/ApiGateway; ``expressions`` the metric math on them. ``threshold`` is
    None for an alarm on a band. ``composite_alarms`` names the composite alarms with actions that stand on this one.
    """

    alarm_name: str
    metrics: tuple[AlarmMetric, ...]
    comparison_operator: str
    threshold: float | None
    evaluation_periods: int
    datapoints_to_alarm: int
    treat_missing_data: str = "missing"
    expressions: tuple[str, ...] = ()
    actions_enabled: bool = True
    alarm_actions: tuple[str, ...] = ()
    insufficient_data_actions: tuple[str, ...] = ()
    composite_alarms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmTopic:
    """An SNS topic that alarms act on; ``exists`` False when it was looked for and is not there."""

    topic_arn: str
    exists: bool
    confirmed_subscriptions: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainName:
    """A custom domain name with a mapping to the stage. ``base_paths`` hold ``(none)`` for the root."""

    domain_name: str
    security_policy: str | None
    base_paths: tuple[str, ...] = ()
    has_mutual_tls: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpApiConfiguration:
    """What version 2 of the control plane tells of an HTTP API and its stage."""

    http_api: Evidence[HttpApi]
    stage: Evidence[HttpApiStage]


@dataclass(frozen=True, slots=True, kw_only=True)
class StageMetadata:
    """Where a configuration was read from."""

    account_id: str | None
    region: str
    read_at: datetime
    invoke_url: str
    endpoint_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """A stage's configuration as AWS tells it.

    ``rest_api`` is the API as the control plane holds it now; ``deployed`` the API as of the stage's deployment, read
    from the stage's export. Parts that could not be read are Missing. ``alarms`` are those on metrics of this API and
    stage, ``alarm_topics`` the SNS topics they act on, ``domain_names`` the custom domains mapped to the stage and
    ``namesakes`` the ids of other REST APIs of the same name in this Region.

    ``http`` is the configuration of an HTTP API, None where the stage is of a REST API; where it is set, the parts
    that only REST APIs have are Missing.
    """

    metadata: StageMetadata
    rest_api: Evidence[RestApi]
    deployed: Evidence[RestApi]
    stage: Evidence[Stage]
    usage_plans: Evidence[tuple[UsagePlan, ...]]
    account: Evidence[AccountSettings]
    log_groups: Evidence[tuple[LogGroup, ...]]
    alarms: Evidence[tuple[DeployedAlarm, ...]] = NOT_COLLECTED
    alarm_topics: Evidence[tuple[AlarmTopic, ...]] = NOT_COLLECTED
    domain_names: Evidence[tuple[DomainName, ...]] = NOT_COLLECTED
    namesakes: Evidence[tuple[str, ...]] = NOT_COLLECTED
    http: HttpApiConfiguration | None = None

    @property
    def api_kind(self) -> ApiKind:
        """Whether the stage is of a REST API or of an HTTP API."""
        return ApiKind.REST if self.http is None else ApiKind.HTTP

    @property
    def api_name(self) -> str | None:
        """The name of the API; None where it could not be read."""
        if self.http is not None:
            return self.http.http_api.value.name if isinstance(self.http.http_api, Present) else None
        known = self.rest_api if isinstance(self.rest_api, Present) else self.deployed
        return known.value.name if isinstance(known, Present) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Completeness:
    """How much of one kind of evidence was found: ``missing`` holds what is not there (ids), ``reason`` why."""

    expected: int
    found: int
    missing: tuple[str, ...] = ()
    reason: str | None = None
    remedy: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeWindow:
    """The time in which traffic was sent, or in which evidence is looked for; both ends belong to it."""

    start_at: datetime
    end_at: datetime
