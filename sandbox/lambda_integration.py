"""Calls of Lambda functions as API Gateway makes them: permission, invocation type, and Lambda's HTTP answer."""

from __future__ import annotations

import time
import uuid
from concurrent.futures import CancelledError
from dataclasses import dataclass
from email.utils import formatdate

from gateway.messages import EndpointFailure, EndpointResponse, Headers
from sandbox.lambda_functions import find_function, may_invoke
from sandbox.lambda_workers import Invocation, LambdaWorkers, TooManyRequestsError

NO_PERMISSION = "Invalid permissions on Lambda function"
RATE_EXCEEDED = "Rate Exceeded."


@dataclass(frozen=True, slots=True, kw_only=True)
class LambdaCall:
    """One call of a function. ``source_arn`` is what the function's resource policy is asked about.

    ``credentials`` is a role's ARN: with a role API Gateway needs no resource policy.
    """

    lambda_arn: str
    payload: bytes
    source_arn: str
    account_id: str
    timeout_ms: int
    invocation_type: str = "RequestResponse"
    credentials: str | None = None
    trace_header: str = ""


def call_lambda(workers: LambdaWorkers, call: LambdaCall) -> EndpointResponse:
    """Invoke a function and return what Lambda's API answers; a failure where it refuses or is too slow.

    See: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
    """
    started = time.monotonic()
    function = find_function(call.lambda_arn)
    if function is None or not (call.credentials or may_invoke(function, call.source_arn, call.account_id)):
        return _failed(EndpointFailure.PERMISSION_DENIED, NO_PERMISSION, started, status=403)
    try:
        future = workers.submit(function, call.payload, trace_header=call.trace_header)
    except TooManyRequestsError:
        return _failed(EndpointFailure.THROTTLED, RATE_EXCEEDED, started, status=429)
    if call.invocation_type == "Event":
        return _accepted(call, started)
    try:
        invocation = future.result(timeout=call.timeout_ms / 1000)
    except TimeoutError:
        return _failed(EndpointFailure.TIMEOUT, "", started)
    except CancelledError:
        return _failed(EndpointFailure.NETWORK_ERROR, "Connection is closed", started)
    return _answer(invocation, call, started)


def _answer(invocation: Invocation, call: LambdaCall, started: float) -> EndpointResponse:
    headers = _headers(invocation.request_id, len(invocation.payload), call.trace_header)
    headers.append(("X-Amz-Executed-Version", invocation.function.version))
    if invocation.function_error is not None:
        headers.append(("X-Amz-Function-Error", invocation.function_error))
    return EndpointResponse(
        status=200,
        headers=Headers(headers),
        body=invocation.payload,
        latency_ms=elapsed_ms(started),
        function_error=invocation.function_error,
        endpoint_request_id=invocation.request_id,
    )


def _accepted(call: LambdaCall, started: float) -> EndpointResponse:
    request_id = str(uuid.uuid4())
    return EndpointResponse(
        status=202,
        headers=Headers(_headers(request_id, 0, call.trace_header)),
        latency_ms=elapsed_ms(started),
        endpoint_request_id=request_id,
    )


def _headers(request_id: str, length: int, trace_header: str) -> list[tuple[str, str]]:
    headers = [
        ("Date", formatdate(usegmt=True)),
        ("Content-Type", "application/json"),
        ("Content-Length", str(length)),
        ("Connection", "keep-alive"),
        ("x-amzn-RequestId", request_id),
        ("x-amzn-Remapped-Content-Length", "0"),
    ]
    return [*headers, ("X-Amzn-Trace-Id", trace_header)] if trace_header else headers


def _failed(failure: EndpointFailure, message: str, started: float, *, status: int = 200) -> EndpointResponse:
    return EndpointResponse(
        status=status,
        latency_ms=elapsed_ms(started),
        failure=failure,
        failure_message=message,
        endpoint_request_id=str(uuid.uuid4()) if failure is not EndpointFailure.TIMEOUT else None,
    )


def elapsed_ms(started: float) -> int:
    """Return the whole milliseconds since a reading of the monotonic clock."""
    return int((time.monotonic() - started) * 1000)
