"""What an endpoint's answer says of a failure, as the execution log tells it."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.bodies import NotJson, parse_json
from gateway.execution import Execution


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The log does not say whether the function failed, or with which message."""

    reason: str


def function_error_message(execution: Execution) -> str | Unreadable | None:
    """Return the ``errorMessage`` of a Lambda function that failed; None where it did not fail.

    A function fails where the log says so, or where the answer has ``X-Amz-Function-Error``: an ``errorMessage`` in the
    answer of a function that succeeded is a value like any other. Where the log holds no endpoint response headers, an
    answer with ``errorMessage`` and ``errorType`` or ``stackTrace`` counts as a failure.

    See: https://docs.aws.amazon.com/apigateway/latest/developerguide/handle-errors-in-lambda-integration.html
    """
    body = execution.endpoint_response_body
    failed = _failed(execution)
    if failed is None and body is None and _is_untraced(execution):
        return Unreadable("without data trace the log does not hold the function's answer")
    if failed is False or body is None:
        return None if not failed else Unreadable("the log does not hold the function's error")
    value = parse_json(body.text)
    if isinstance(value, NotJson):
        if body.truncated and (failed or '"errorMessage"' in body.text):
            return Unreadable("the log cut the function's error at 1,024 bytes")
        return "" if failed else None
    if not isinstance(value, dict) or "errorMessage" not in value:
        return "" if failed else None
    if failed is None and not {"errorType", "stackTrace", "trace"} & value.keys():
        return None
    return str(value["errorMessage"])


def _is_untraced(execution: Execution) -> bool:
    """Whether an answered request was logged without its parameters and bodies, so that none of them need be there."""
    ended_early = execution.failure is not None or execution.lambda_error is not None or execution.validation_errors
    return execution.started and not execution.has_data_trace and not ended_early


def _failed(execution: Execution) -> bool | None:
    if (execution.lambda_error or "").startswith("execution failed"):
        return True
    headers = execution.endpoint_response_headers
    if headers is None:
        return None
    if headers.get("X-Amz-Function-Error") is not None:
        return True
    return None if headers.truncated else False
