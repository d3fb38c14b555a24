"""One request as the gateway logged it: an execution.

``gateway.execution_log`` reads it from and writes it to the lines of the execution log; the pipeline fills it as it
goes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedText:
    """A text of the log; ``truncated`` where the log cut it at 1,024 bytes, so it is no evidence of the rest."""

    text: str
    truncated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedMap:
    """A Java-printed map of the log (``{a=1, b=2}``), in order, with repeats; ``truncated`` as in LoggedText."""

    items: tuple[tuple[str, str], ...] = ()
    truncated: bool = False

    def get(self, name: str) -> str | None:
        """Return the value of a name without regard to case, or None."""
        return next((value for key, value in self.items if key.lower() == name.lower()), None)

    def is_cut(self, name: str) -> bool:
        """Return whether the value of a name may be cut: it is the last one of a map that the log cut."""
        return self.truncated and bool(self.items) and self.items[-1][0].lower() == name.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One line of the log as it stood, without its request-id prefix."""

    text: str
    logged_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizerExecution:
    """What the log says of a Lambda authorizer's call."""

    authorizer_id: str
    identity: str | None = None
    endpoint_uri: str | None = None
    request_body: LoggedText | None = None
    result_body: LoggedText | None = None
    principal: str | None = None
    outcome: str | None = None  # "authorized", "unauthorized", "denied", "failed"
    request_headers: LoggedMap | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """One request through the four steps, as the log tells it. A field is None where the log has no such line.

    ``lines`` keeps every line, understood or not; ``unknown_lines`` those that no field holds. ``status`` is that of
    ``Method completed with status``. ``failure`` is the text after ``Execution failed due to`` (``configuration error:
    …``, ``a timeout error``), or of another line that tells why the request ended early.
    ``request_path`` and its siblings hold values as the log masks them (``Authorization=****…``). ``resource_path`` is
    the path that the log names, which is the path of the request (``/pets/123``), not the template with braces.
    ``validation_errors`` are whole lines; ``lambda_error`` stands between ``Lambda `` and ``. Lambda request id``.
    ``api_stage`` is ``{rest_api_id}/{stage_name}`` of the usage-plan lines.
    ``endpoint_called`` says that ``Sending request to`` or ``Endpoint request URI`` of the integration was logged.
    """

    request_id: str
    extended_request_id: str | None = None
    api_key: str | None = None
    api_key_line: str | None = None
    usage_plan_checked: bool = False
    throttle_line: str | None = None
    authorizer: AuthorizerExecution | None = None
    started: bool = False
    http_method: str | None = None
    resource_path: str | None = None
    request_path: LoggedMap | None = None
    request_querystring: LoggedMap | None = None
    request_headers: LoggedMap | None = None
    request_body: LoggedText | None = None
    validation_errors: tuple[str, ...] = ()
    endpoint_called: bool = False
    endpoint_uri: str | None = None
    endpoint_request_headers: LoggedMap | None = None
    endpoint_request_body: LoggedText | None = None
    endpoint_status: int | None = None
    integration_latency_ms: int | None = None
    endpoint_response_headers: LoggedMap | None = None
    endpoint_response_body: LoggedText | None = None
    lambda_error: str | None = None
    failure: str | None = None
    response_body: LoggedText | None = None
    response_headers: LoggedMap | None = None
    completed: bool = False
    status: int | None = None
    gateway_response_type: str | None = None
    endpoint_request_id: str | None = None
    trace_id: str | None = None
    lines: tuple[LogLine, ...] = ()
    unknown_lines: tuple[LogLine, ...] = ()
    api_stage: str | None = None

    @property
    def has_data_trace(self) -> bool:
        """Whether it was logged with its parameters and bodies; without them no line of the endpoint need be there."""
        return self.request_headers is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessEntry:
    """One line of an access log, read by the stage's own format.

    ``values`` maps the ``$context`` variable (``requestId``, ``identity.sourceIp``) to its text as logged; ``-``
    stands for a missing value and is left out. ``raw`` is the line; ``invalid`` says why it could not be read by the
    format (then ``values`` holds what could still be found).
    """

    raw: str
    values: Mapping[str, str] = field(default_factory=dict)
    logged_at: datetime | None = None
    invalid: str | None = None

    @property
    def request_id(self) -> str | None:
        """The ``$context.requestId`` of the line, None where the format lacks it."""
        return self.values.get("requestId")

    @property
    def extended_request_id(self) -> str | None:
        """The ``$context.extendedRequestId`` of the line, None where the format lacks it."""
        return self.values.get("extendedRequestId")
