"""Lambda's own log of an invocation: START, what the function printed, END, REPORT.

See: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
"""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime

from sandbox.lambda_workers import Invocation
from sandbox.telemetry.log_delivery import Event, LogDelivery, LogStream, stream_name_for


def deliver_lambda_log(invocation: Invocation, delivery: LogDelivery) -> None:
    """Add the events of one invocation to the function's log group."""
    function = invocation.function
    day = datetime.fromtimestamp(invocation.started_at, tz=UTC)
    number = stream_name_for(invocation.request_id, function.code_sha256)
    stream = LogStream(
        account_id=function.function_arn.split(":")[4],
        region=function.region,
        group_name=function.log_group_name,
        stream_name=f"{day:%Y/%m/%d}/[{function.version}]{number}",
        creates_group=True,
    )
    started_ms, finished_ms = int(invocation.started_at * 1000), int(invocation.finished_at * 1000)
    request_id = invocation.request_id
    events: list[Event] = [(started_ms, f"START RequestId: {request_id} Version: {function.version}\n")]
    events += [(started_ms, line) for line in invocation.printed.splitlines(keepends=True)]
    events += _error(invocation, finished_ms)
    events += [(finished_ms, f"END RequestId: {request_id}\n"), (finished_ms, _report(invocation))]
    delivery.add(stream, events)


def _error(invocation: Invocation, time_ms: int) -> list[Event]:
    if invocation.function_error is None:
        return []
    document = json.loads(invocation.payload)
    if "Task timed out after" in document.get("errorMessage", ""):
        return [(time_ms, f"{document['errorMessage']}\n")]
    trace = "".join(document.get("stackTrace", []))
    text = f"[ERROR] {document.get('errorType', '')}: {document.get('errorMessage', '')}\nTraceback:\n{trace}"
    return [(time_ms, text)]


def _report(invocation: Invocation) -> str:
    parts = [
        f"REPORT RequestId: {invocation.request_id}",
        f"Duration: {invocation.duration_ms:.2f} ms",
        f"Billed Duration: {math.ceil(invocation.duration_ms)} ms",
        f"Memory Size: {invocation.function.memory_size_mb} MB",
    ]
    if invocation.init_duration_ms is not None:
        parts.append(f"Init Duration: {invocation.init_duration_ms:.2f} ms")
    return "\t".join(parts) + "\n"
