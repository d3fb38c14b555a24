"""The lines of an execution in API Gateway's wording and order, each with what it takes for it to be shown."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum, auto

from gateway.execution import AuthorizerExecution, Execution, LoggedMap, LoggedText

EVENT_LIMIT_BYTES = 1024
TRUNCATED = " [TRUNCATED]"
UNAUTHORIZED = "Unauthorized request"
DENIED = "The client is not authorized to perform this operation."
_ERROR_STATUS = 400


class Shown(Enum):
    """When a line is written: always, at level INFO, or with data trace."""

    ERROR = auto()
    INFO = auto()
    DATA = auto()


Line = tuple[Shown, str]


def cut(event: str) -> str:
    """Cut an event at 1,024 bytes, the mark of truncation included, never inside a character.

    Whether AWS counts the mark and the prefix is not confirmed.
    """
    raw = event.encode("utf-8", "replace")
    if len(raw) <= EVENT_LIMIT_BYTES:
        return event
    return raw[: EVENT_LIMIT_BYTES - len(TRUNCATED)].decode("utf-8", "ignore") + TRUNCATED


def lines_of(execution: Execution) -> Iterator[Line]:
    """Yield the lines of an execution in the order of recorded logs; unknown lines come last."""
    if execution.extended_request_id is not None:
        yield Shown.INFO, f"Extended Request Id: {execution.extended_request_id}"
    if execution.authorizer is not None:
        yield from _authorizer_lines(execution.authorizer, execution.request_id)
    if not execution.started:
        yield from _failure_lines(execution)
    yield from _usage_plan_lines(execution)
    yield from _method_request_lines(execution)
    yield from _endpoint_request_lines(execution)
    yield from _endpoint_response_lines(execution)
    if execution.started:
        yield from _failure_lines(execution)
    yield from _method_response_lines(execution)
    for line in execution.unknown_lines:
        yield Shown.INFO, line.text


def _text(text: LoggedText) -> str:
    return text.text + TRUNCATED if text.truncated else text.text


def _map(logged: LoggedMap) -> str:
    inner = "{" + ", ".join(f"{name}={value}" for name, value in logged.items)
    return inner + TRUNCATED if logged.truncated else inner + "}"


def _authorizer_lines(authorizer: AuthorizerExecution, request_id: str) -> Iterator[Line]:
    if authorizer.authorizer_id:
        yield Shown.INFO, f"Starting authorizer: {authorizer.authorizer_id} for request: {request_id}"
    if authorizer.identity is not None:
        yield Shown.INFO, f"Incoming identity: {authorizer.identity}"
    if authorizer.endpoint_uri is not None:
        yield Shown.DATA, f"Endpoint request URI: {authorizer.endpoint_uri}"
    if authorizer.request_headers is not None:
        yield Shown.DATA, f"Endpoint request headers: {_map(authorizer.request_headers)}"
    if authorizer.request_body is not None:
        yield Shown.DATA, f"Endpoint request body after transformations: {_text(authorizer.request_body)}"
    if authorizer.endpoint_uri is not None:
        yield Shown.INFO, f"Sending request to {authorizer.endpoint_uri}"
    if authorizer.result_body is not None:
        yield Shown.DATA, f"Authorizer result body before parsing: {_text(authorizer.result_body)}"
    if authorizer.principal is not None:
        yield Shown.INFO, f"Using valid authorizer policy for principal: {authorizer.principal}"
    if authorizer.outcome in {"authorized", "denied"}:
        yield Shown.INFO, "Successfully completed authorizer execution"


def _failure_lines(execution: Execution) -> Iterator[Line]:
    failure, authorizer = execution.failure, execution.authorizer
    if failure == UNAUTHORIZED:
        yield Shown.ERROR, f"{UNAUTHORIZED}: {execution.request_id}"
    elif failure == DENIED:
        yield Shown.ERROR, DENIED
    elif failure is not None:
        yield Shown.ERROR, f"Execution failed due to {failure}"
    if authorizer is not None and authorizer.outcome == "failed":
        yield Shown.ERROR, "AuthorizerConfigurationException"


def _usage_plan_lines(execution: Execution) -> Iterator[Line]:
    key, stage = execution.api_key or "", execution.api_stage or ""
    if execution.usage_plan_checked:
        yield (
            Shown.INFO,
            f"Verifying Usage Plan for request: {execution.request_id}. API Key: {key} API Stage: {stage}",
        )
    refused = execution.api_key_line is not None and " not authorized " in execution.api_key_line
    if execution.api_key_line is not None:
        yield Shown.ERROR if refused else Shown.INFO, execution.api_key_line
    if execution.throttle_line is not None:
        yield Shown.ERROR, execution.throttle_line
    elif execution.usage_plan_checked and not refused:
        yield Shown.INFO, f"Usage Plan check succeeded for API Key {key} and API Stage {stage}"


def _method_request_lines(execution: Execution) -> Iterator[Line]:
    if execution.started:
        yield Shown.INFO, f"Starting execution for request: {execution.request_id}"
    if execution.http_method is not None:
        yield Shown.INFO, f"HTTP Method: {execution.http_method}, Resource Path: {execution.resource_path or ''}"
    if execution.api_key is not None and not execution.usage_plan_checked:
        yield Shown.INFO, f"API Key: {execution.api_key}"
    if execution.request_path is not None:
        yield Shown.DATA, f"Method request path: {_map(execution.request_path)}"
    if execution.request_querystring is not None:
        yield Shown.DATA, f"Method request query string: {_map(execution.request_querystring)}"
    if execution.request_headers is not None:
        yield Shown.DATA, f"Method request headers: {_map(execution.request_headers)}"
    if execution.request_body is not None:
        yield Shown.DATA, f"Method request body before transformations: {_text(execution.request_body)}"
    for error in execution.validation_errors:
        yield Shown.ERROR, error


def _endpoint_request_lines(execution: Execution) -> Iterator[Line]:
    if execution.endpoint_called and execution.endpoint_uri is not None:
        yield Shown.DATA, f"Endpoint request URI: {execution.endpoint_uri}"
    if execution.endpoint_request_headers is not None:
        yield Shown.DATA, f"Endpoint request headers: {_map(execution.endpoint_request_headers)}"
    if execution.endpoint_request_body is not None:
        yield Shown.DATA, f"Endpoint request body after transformations: {_text(execution.endpoint_request_body)}"
    if execution.endpoint_called:
        yield Shown.INFO, f"Sending request to {execution.endpoint_uri or ''}"


def _endpoint_response_lines(execution: Execution) -> Iterator[Line]:
    status, latency = execution.endpoint_status, execution.integration_latency_ms
    if status is not None or latency is not None:
        shown = "" if status is None else f"Status: {status}, "
        yield Shown.INFO, f"Received response. {shown}Integration latency: {'-' if latency is None else latency} ms"
    if execution.endpoint_response_headers is not None:
        yield Shown.DATA, f"Endpoint response headers: {_map(execution.endpoint_response_headers)}"
    if execution.endpoint_response_body is not None:
        yield Shown.DATA, f"Endpoint response body before transformations: {_text(execution.endpoint_response_body)}"
    if execution.lambda_error is not None:
        request_id = execution.endpoint_request_id
        suffix = "" if request_id is None else f". Lambda request id: {request_id}"
        yield Shown.ERROR, f"Lambda {execution.lambda_error}{suffix}"


def _method_response_lines(execution: Execution) -> Iterator[Line]:
    if execution.response_body is not None:
        yield Shown.DATA, f"Method response body after transformations: {_text(execution.response_body)}"
    if execution.response_headers is not None:
        yield Shown.DATA, f"Method response headers: {_map(execution.response_headers)}"
    if execution.completed:
        yield Shown.INFO, "Successfully completed execution"
    if execution.status is not None:
        shown = Shown.ERROR if execution.status >= _ERROR_STATUS else Shown.INFO
        yield shown, f"Method completed with status: {execution.status}"
    if execution.endpoint_request_id is not None:
        yield Shown.INFO, f"AWS Integration Endpoint RequestId : {execution.endpoint_request_id}"
    if execution.trace_id is not None:
        yield Shown.INFO, f"X-ray Tracing ID : {execution.trace_id}"
