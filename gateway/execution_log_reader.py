"""Reading the execution log: one line after another into the fields of an `Execution`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from gateway.execution import AuthorizerExecution, Execution, LoggedMap, LoggedText, LogLine
from gateway.execution_log_lines import DENIED, TRUNCATED, UNAUTHORIZED

DATE_PREFIX = re.compile(
    r"(?:[A-Z]\w\w [A-Z]\w\w \S\S \w\w:\w\w:\w\w [A-Z]\w+ \w{4}|<UTC date>) : ",
)
TEST_INVOKE_HEAD = "Execution log for request "
_ITEM_SEPARATOR = re.compile(r', (?=[^\s,=;"{}]+=)')
_USAGE_PLAN = re.compile(r"(?P<rid>.*?)\. API Key: ?(?P<key>.*?) ?API Stage: (?P<stage>.*)", re.DOTALL)
_RECEIVED = re.compile(r"Received response\. (?:Status: (?P<status>\S+), )?Integration latency: (?P<latency>\S+) ms")
_LAMBDA_ERROR = re.compile(r"Lambda (?P<error>.*?)(?:\. Lambda request id: (?P<id>\S+))?", re.DOTALL)
_GATEWAY_RESPONSE = re.compile(r"Gateway response type: (?P<type>\w+) with status code: (?P<status>\d+)")
_STARTING_AUTHORIZER = re.compile(r"Starting authorizer: (?P<id>\S*) for request: (?P<rid>.*)")


def request_id_of(line: str) -> str | None:
    """Return the request id that a raw event of a stage's log, or the head of a test-invoke log, begins with."""
    if line.startswith("("):
        end = line.find(") ")
        return line[1:end] if end > 1 and " " not in line[1:end] else None
    if line.startswith(TEST_INVOKE_HEAD):
        return line.removeprefix(TEST_INVOKE_HEAD).strip()
    return None


def logged_text(text: str) -> LoggedText:
    """Read a text of the log, with the mark of truncation taken off."""
    if text.endswith(TRUNCATED):
        return LoggedText(text=text.removesuffix(TRUNCATED), truncated=True)
    return LoggedText(text=text)


def logged_map(text: str) -> LoggedMap:
    """Read a Java-printed map.

    A value may hold ``, `` and ``=``; only ``, name=`` begins a new entry, so a value with just that in it reads as two
    entries. The last value of a truncated map is cut somewhere.
    """
    truncated = text.endswith(TRUNCATED)
    inner = text.removesuffix(TRUNCATED).removeprefix("{")
    if not truncated:
        inner = inner.removesuffix("}")
    if not inner:
        return LoggedMap(truncated=truncated)
    parts = (part.partition("=") for part in _ITEM_SEPARATOR.split(inner))
    return LoggedMap(items=tuple((key, value) for key, _, value in parts), truncated=truncated)


@dataclass(slots=True)
class Reader:
    """Collects fields line by line; in the authorizer's section endpoint lines belong to the authorizer."""

    request_id: str | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    authorizer: dict[str, Any] | None = None
    in_authorizer: bool = False
    lines: list[LogLine] = field(default_factory=list)
    unknown: list[LogLine] = field(default_factory=list)

    def take(self, line: LogLine) -> None:
        """Read one line; one that no field holds is kept as unknown."""
        line = self._stripped(line)
        text = line.text
        self.lines.append(line)
        head, _, rest = text.partition(":")
        handler = _BY_HEAD.get(head)
        if handler is None:
            handler = next((known for start, known in _BY_START if text.startswith(start)), None)
            rest = text
        elif rest.startswith(" "):
            rest = rest[1:]
        if handler is None or not handler(self, rest):
            self.unknown.append(line)

    def _stripped(self, line: LogLine) -> LogLine:
        text = line.text
        if text.startswith("("):
            found = request_id_of(text)
            if found is not None:
                self.request_id = self.request_id or found
                return LogLine(text=text[len(found) + 3 :], logged_at=line.logged_at)
        dated = DATE_PREFIX.match(text)
        if dated is not None:
            return LogLine(text=text[dated.end() :], logged_at=line.logged_at or _date(dated.group()))
        return line

    def execution(self) -> Execution:
        """Return what the lines told so far."""
        authorizer = None if self.authorizer is None else AuthorizerExecution(**self.authorizer)
        return Execution(
            request_id=self.request_id or "",
            authorizer=authorizer,
            lines=tuple(self.lines),
            unknown_lines=tuple(self.unknown),
            **self.fields,
        )


def _date(prefix: str) -> datetime | None:
    try:
        return datetime.strptime(prefix, "%a %b %d %H:%M:%S %Z %Y : ").replace(tzinfo=UTC)
    except ValueError:
        return None


_Handler = Callable[[Reader, str], bool]


def _text(name: str) -> _Handler:
    def handle(reader: Reader, rest: str) -> bool:
        reader.fields[name] = logged_text(rest)
        return True

    return handle


def _map(name: str) -> _Handler:
    def handle(reader: Reader, rest: str) -> bool:
        reader.fields[name] = logged_map(rest)
        return True

    return handle


def _plain(name: str) -> _Handler:
    def handle(reader: Reader, rest: str) -> bool:
        reader.fields[name] = rest
        return True

    return handle


def _flag(name: str) -> _Handler:
    def handle(reader: Reader, _: str) -> bool:
        reader.fields[name] = True
        return True

    return handle


def _of_authorizer(name: str, value: Callable[[str], object]) -> _Handler:
    def handle(reader: Reader, rest: str) -> bool:
        if reader.authorizer is None:
            return False
        reader.authorizer[name] = value(rest)
        return True

    return handle


def _either(of_authorizer: _Handler, of_integration: _Handler) -> _Handler:
    def handle(reader: Reader, rest: str) -> bool:
        return (of_authorizer if reader.in_authorizer else of_integration)(reader, rest)

    return handle


def _test_invoke_head(reader: Reader, rest: str) -> bool:
    reader.request_id = reader.request_id or rest.removeprefix(TEST_INVOKE_HEAD).strip()
    return True


def _starting_authorizer(reader: Reader, rest: str) -> bool:
    match = _STARTING_AUTHORIZER.fullmatch(f"Starting authorizer: {rest}")
    if match is None:
        return False
    reader.authorizer = {**(reader.authorizer or {}), "authorizer_id": match["id"]}
    reader.request_id = reader.request_id or match["rid"]
    reader.in_authorizer = True
    return True


def _authorizer_ended(outcome: str) -> _Handler:
    def handle(reader: Reader, _: str) -> bool:
        reader.authorizer = {"authorizer_id": "", **(reader.authorizer or {}), "outcome": outcome}
        reader.in_authorizer = False
        return True

    return handle


def _refused(failure: str, outcome: str) -> _Handler:
    def handle(reader: Reader, _: str) -> bool:
        reader.fields["failure"] = failure
        if reader.authorizer is not None:
            reader.authorizer["outcome"] = outcome
        reader.in_authorizer = False
        return True

    return handle


def _usage_plan(reader: Reader, rest: str) -> bool:
    match = _USAGE_PLAN.fullmatch(rest)
    if match is None:
        return False
    reader.request_id = reader.request_id or match["rid"]
    reader.fields.update(usage_plan_checked=True, api_stage=match["stage"], api_key=match["key"] or None)
    reader.in_authorizer = False
    return True


def _usage_plan_succeeded(_reader: Reader, _rest: str) -> bool:
    return True


def _starting(reader: Reader, rest: str) -> bool:
    reader.request_id = reader.request_id or rest.strip()
    reader.fields["started"] = True
    reader.in_authorizer = False
    return True


def _method(reader: Reader, rest: str) -> bool:
    http_method, separator, path = rest.partition(", Resource Path: ")
    if not separator:
        return False
    reader.fields.update(http_method=http_method, resource_path=path)
    return True


def _endpoint_uri(reader: Reader, rest: str) -> bool:
    reader.fields.update(endpoint_called=True, endpoint_uri=rest)
    return True


def _sending(reader: Reader, line: str) -> bool:
    uri = line.removeprefix("Sending request to ")
    if reader.in_authorizer:
        if reader.authorizer is not None:
            reader.authorizer.setdefault("endpoint_uri", uri)
        return True
    reader.fields["endpoint_called"] = True
    if uri:
        reader.fields.setdefault("endpoint_uri", uri)
    return True


def _received(reader: Reader, line: str) -> bool:
    match = _RECEIVED.fullmatch(line)
    if match is None:
        return False
    if not reader.in_authorizer:
        status, latency = match["status"], match["latency"]
        reader.fields["endpoint_status"] = int(status) if status and status.isdecimal() else None
        reader.fields["integration_latency_ms"] = int(latency) if latency.isdecimal() else None
    return True


def _lambda_error(reader: Reader, line: str) -> bool:
    match = _LAMBDA_ERROR.fullmatch(line)
    if match is None:
        return False
    reader.fields["lambda_error"] = match["error"]
    if match["id"] is not None:
        reader.fields.setdefault("endpoint_request_id", match["id"])
    return True


def _failed(reader: Reader, line: str) -> bool:
    if "failure" in reader.fields:
        return False
    reader.fields["failure"] = line.removeprefix("Execution failed due to ")
    if reader.in_authorizer and reader.authorizer is not None:
        reader.authorizer["outcome"] = "failed"
        reader.in_authorizer = False
    return True


def _api_key_line(reader: Reader, line: str) -> bool:
    reader.fields["api_key_line"] = line
    return True


def _throttled(reader: Reader, line: str) -> bool:
    reader.fields["throttle_line"] = line
    return True


def _not_valid(reader: Reader, line: str) -> bool:
    reader.fields["validation_errors"] = (*reader.fields.get("validation_errors", ()), line)
    return True


def _completed_with(reader: Reader, rest: str) -> bool:
    if not rest.strip().isdecimal():
        return False
    reader.fields["status"] = int(rest)
    return True


def _gateway_response(reader: Reader, line: str) -> bool:
    match = _GATEWAY_RESPONSE.fullmatch(line)
    if match is None:
        return False
    reader.fields["gateway_response_type"] = match["type"]
    return True


def _trace(reader: Reader, rest: str) -> bool:
    parts = dict(part.partition("=")[::2] for part in rest.split(";"))
    reader.fields["trace_id"] = parts.get("Root") or parts.get("root") or rest
    return True


_BY_HEAD: dict[str, _Handler] = {
    "Extended Request Id": _plain("extended_request_id"),
    "Starting authorizer": _starting_authorizer,
    "Incoming identity": _of_authorizer("identity", str),
    "Authorizer result body before parsing": _of_authorizer("result_body", logged_text),
    "Using valid authorizer policy for principal": _of_authorizer("principal", str),
    "Unauthorized request": _refused(UNAUTHORIZED, "unauthorized"),
    "Verifying Usage Plan for request": _usage_plan,
    "Starting execution for request": _starting,
    "HTTP Method": _method,
    "API Key": _plain("api_key"),
    "Method request path": _map("request_path"),
    "Method request query string": _map("request_querystring"),
    "Method request headers": _map("request_headers"),
    "Method request body before transformations": _text("request_body"),
    "Endpoint request URI": _either(_of_authorizer("endpoint_uri", str), _endpoint_uri),
    "Endpoint request headers": _either(
        _of_authorizer("request_headers", logged_map), _map("endpoint_request_headers")
    ),
    "Endpoint request body after transformations": _either(
        _of_authorizer("request_body", logged_text), _text("endpoint_request_body")
    ),
    "Endpoint response headers": _map("endpoint_response_headers"),
    "Endpoint response body before transformations": _text("endpoint_response_body"),
    "Method response body after transformations": _text("response_body"),
    "Method response headers": _map("response_headers"),
    "Method completed with status": _completed_with,
    "AWS Integration Endpoint RequestId ": _plain("endpoint_request_id"),
    "X-ray Tracing ID ": _trace,
}

_BY_START: tuple[tuple[str, _Handler], ...] = (
    ("Successfully completed execution", _flag("completed")),
    ("Sending request to ", _sending),
    ("Received response. ", _received),
    ("Usage Plan check succeeded", _usage_plan_succeeded),
    ("API Key ", _api_key_line),
    ("Execution failed due to ", _failed),
    ("Lambda execution failed", _lambda_error),
    ("Lambda invocation failed", _lambda_error),
    ("Request body does not match model schema", _not_valid),
    ("Missing required request parameters", _not_valid),
    ("Key throttle limit exceeded", _throttled),
    ("Key quota limit exceeded", _throttled),
    ("Method throttle limit exceeded", _throttled),
    ("Successfully completed authorizer execution", _authorizer_ended("authorized")),
    (DENIED, _refused(DENIED, "denied")),
    ("AuthorizerConfigurationException", _authorizer_ended("failed")),
    ("Unauthorized", _refused(UNAUTHORIZED, "unauthorized")),
    ("Gateway response type: ", _gateway_response),
    (TEST_INVOKE_HEAD, _test_invoke_head),
)
