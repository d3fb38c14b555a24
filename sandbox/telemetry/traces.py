"""X-Ray: which requests are sampled, the stage's segment, and the segments of the Lambda functions behind it.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-understanding-xray-traces.html
"""

from __future__ import annotations

import json
import random
import secrets
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from sandbox.lambda_workers import Invocation
from sandbox.telemetry.records import CallKind, EndpointCall, StageRecord, TraceContext
from sandbox.telemetry.tracing_sdk import xray_backends

RESERVOIR_PER_S = 1
FIXED_RATE = 0.05
_THROTTLED, _CLIENT_ERROR, _SERVER_ERROR = 429, 400, 500


class Sampler:
    """The default sampling rule: one request a second and 5 % of the rest.

    See: https://docs.aws.amazon.com/xray/latest/devguide/xray-console-sampling.html
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._second = -1
        self._taken = 0

    def decide(self) -> bool:
        """Return whether a request that brings no decision is sampled."""
        second = int(self._clock())
        with self._lock:
            if second != self._second:
                self._second, self._taken = second, 0
            if self._taken < RESERVOIR_PER_S:
                self._taken += 1
                return True
        return random.random() < FIXED_RATE  # noqa: S311 - sampling, no secret


def new_root(now: float) -> str:
    """Return a new trace id."""
    return f"1-{int(now):08x}-{secrets.token_hex(12)}"


def new_segment_id() -> str:
    """Return a new segment id."""
    return secrets.token_hex(8)


def header_fields(header: str | None) -> dict[str, str]:
    """Return the fields of a tracing header (``Root=…;Parent=…;Sampled=1``)."""
    parts = (part.partition("=") for part in (header or "").split(";"))
    return {name.strip(): value.strip() for name, separator, value in parts if separator}


def root_of(header: str | None) -> str | None:
    """Return the trace id that a tracing header names, None where it names none."""
    root = header_fields(header).get("Root", "")
    return root if len(root) == len("1-00000000-000000000000000000000000") and root.startswith("1-") else None


def trace_context(header: str | None, sampler: Sampler, now: float) -> TraceContext:
    """Return the trace of a request: the client's, when it names one, else a new one.

    The client's ``Sampled`` decides; without it the sampling rule does.
    """
    fields = header_fields(header)
    root = root_of(header)
    sampled = fields.get("Sampled")
    return TraceContext(
        root=root or new_root(now),
        segment_id=new_segment_id(),
        parent_id=None if root is None else fields.get("Parent"),
        is_sampled=sampled == "1" if sampled in {"0", "1"} else sampler.decide(),
    )


def put_stage_segment(record: StageRecord) -> None:
    """Put the stage's segment of a sampled request."""
    trace = record.trace
    if trace is None or not trace.is_sampled:
        return
    deployed, stage_name = record.deployed, record.deployed.stage.stage_name
    segment: dict[str, Any] = {
        "id": trace.segment_id,
        "name": f"{deployed.rest_api.name}/{stage_name}",
        "trace_id": trace.root,
        "start_time": record.received_at,
        "end_time": record.finished_at,
        "http": _http(record),
        "aws": {
            "xray": {"sampling_rule_name": "Default"},
            "api_gateway": {
                "account_id": deployed.account_id,
                "rest_api_id": record.rest_api_id,
                "stage": stage_name,
                "request_id": record.execution.request_id,
            },
        },
        "annotations": {"aws:api_id": record.rest_api_id, "aws:api_stage": stage_name},
        "metadata": {
            "default": {
                "extended_request_id": record.context.get("extendedRequestId", ""),
                "request_id": record.execution.request_id,
            }
        },
        "origin": "AWS::ApiGateway::Stage",
        "resource_arn": f"arn:aws:apigateway:{deployed.region}::/restapis/{record.rest_api_id}/stages/{stage_name}",
        **_flags(record.response.status),
    }
    if trace.parent_id:
        segment["parent_id"] = trace.parent_id
    if record.calls:
        segment["subsegments"] = [_subsegment(call, deployed.region) for call in record.calls]
    _put(deployed.account_id, deployed.region, segment)


def put_lambda_segments(invocation: Invocation) -> None:
    """Put the segments of the Lambda service and of the function for a sampled invocation; none with PassThrough.

    See: https://docs.aws.amazon.com/lambda/latest/api/API_TracingConfig.html
    """
    fields = header_fields(invocation.trace_header)
    if fields.get("Sampled") != "1" or "Root" not in fields:
        return
    function = invocation.function
    if function.tracing_mode != "Active":
        return
    account_id = function.function_arn.split(":")[4]
    failed = {"fault": True} if invocation.function_error is not None else {}
    common: dict[str, Any] = {
        "name": function.function_name,
        "trace_id": fields["Root"],
        "start_time": invocation.started_at,
        "end_time": invocation.finished_at,
        "resource_arn": function.function_arn,
        **failed,
    }
    service_id = new_segment_id()
    service = {
        **common,
        "id": service_id,
        "parent_id": fields.get("Parent", ""),
        "origin": "AWS::Lambda",
        "http": {"response": {"status": 200}},
        "aws": {"request_id": invocation.request_id},
    }
    own = {
        **common,
        "id": new_segment_id(),
        "parent_id": service_id,
        "origin": "AWS::Lambda::Function",
        "aws": {"function_arn": function.function_arn},
        "subsegments": [
            {
                "id": new_segment_id(),
                "name": "Invocation",
                "start_time": invocation.started_at,
                "end_time": invocation.finished_at,
                **failed,
            }
        ],
        **_cause(invocation),
    }
    _put(account_id, function.region, service)
    _put(account_id, function.region, own)


def _http(record: StageRecord) -> dict[str, Any]:
    request: dict[str, Any] = {
        "url": record.url,
        "method": record.request.http_method,
        "client_ip": record.request.source_ip,
        "x_forwarded_for": True,
    }
    user_agent = record.request.headers.get("User-Agent")
    if user_agent:
        request["user_agent"] = user_agent
    length = len(record.response.body)
    return {"request": request, "response": {"status": record.response.status, "content_length": length}}


def _flags(status: int) -> dict[str, bool]:
    """Return the flags of a status; a false one is left out, as X-Ray documents have it."""
    if status >= _SERVER_ERROR:
        return {"fault": True}
    if status == _THROTTLED:
        return {"error": True, "throttle": True}
    return {"error": True} if status >= _CLIENT_ERROR else {}


def _subsegment(call: EndpointCall, region: str) -> dict[str, Any]:
    has_failed = call.failure is not None or call.function_error is not None
    document: dict[str, Any] = {
        "id": call.subsegment_id,
        "name": _called_name(call),
        "start_time": call.started_at,
        "end_time": call.finished_at,
        "http": {"request": {"url": _url(call, region), "method": call.http_method}},
        "namespace": "aws" if _is_aws(call) else "remote",
        **({"fault": True} if has_failed else _flags(call.status or 200)),
    }
    if call.status is not None:
        document["http"]["response"] = {"status": call.status, "content_length": call.content_length}
    if call.function_name is not None:
        document["aws"] = {
            "function_name": call.function_name,
            "region": region,
            "operation": "Invoke",
            "resource_names": [call.function_name],
        }
    if call.kind is CallKind.AUTHORIZER:
        document["metadata"] = {"default": {"authorizer": True}}
    return document


def _called_name(call: EndpointCall) -> str:
    if call.function_name is not None:
        return "Lambda"
    host = urlsplit(call.uri).netloc
    return host.split(".")[-4] if _is_aws(call) else host or "endpoint"


def _is_aws(call: EndpointCall) -> bool:
    """Return whether a service of AWS was called (``https://sqs.us-east-1.amazonaws.com/…``, or a function)."""
    host = urlsplit(call.uri).hostname or ""
    return call.function_name is not None or (host.endswith(".amazonaws.com") and host.count(".") >= 3)  # noqa: PLR2004 - service, Region and domain


def _url(call: EndpointCall, region: str) -> str:
    if not call.uri.startswith("arn:"):
        return call.uri
    return f"https://lambda.{region}.amazonaws.com/{call.uri.partition(':path/')[2].lstrip('/')}"


def _cause(invocation: Invocation) -> dict[str, Any]:
    """Return the exception of a failed invocation, as the function's segment carries it."""
    if invocation.function_error is None:
        return {}
    try:
        document = json.loads(invocation.payload)
    except ValueError:
        return {}
    if not isinstance(document, dict):
        return {}
    exception = {
        "id": new_segment_id(),
        "message": str(document.get("errorMessage", "")),
        "type": str(document.get("errorType", "")),
    }
    return {"cause": {"exceptions": [exception]}}


def _put(account_id: str, region: str, segment: dict[str, Any]) -> None:
    xray_backends[account_id][region].process_segment(json.dumps(segment))
