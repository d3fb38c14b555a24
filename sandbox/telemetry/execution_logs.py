"""The execution log of a stage.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
"""

from __future__ import annotations

from gateway import execution_log
from sandbox.telemetry.log_delivery import Event, LogDelivery, LogStream, stream_name_for
from sandbox.telemetry.records import StageRecord

_AFTER_THE_CALL = (
    "Received response.",
    "Execution failed due to",
    "Lambda execution failed",
    "Lambda invocation failed",
)


def deliver_execution_log(record: StageRecord, delivery: LogDelivery) -> None:
    """Add a request's lines at the level of its method's settings; nothing where logging is off."""
    settings = record.deployed.stage.settings_for(record.resource_path or "", record.request.http_method)
    if settings.logging_level == "OFF":
        return
    lines = execution_log.write(
        record.execution, logging_level=settings.logging_level, data_trace_enabled=settings.data_trace_enabled
    )
    if lines:
        delivery.add(_stream(record), _stamped(lines, record))


def _stream(record: StageRecord) -> LogStream:
    stage = f"{record.rest_api_id}/{record.deployed.stage.stage_name}"
    return LogStream(
        account_id=record.deployed.account_id,
        region=record.deployed.region,
        group_name=f"API-Gateway-Execution-Logs_{stage}",
        stream_name=stream_name_for(record.execution.request_id, stage),
        creates_group=True,
    )


def _stamped(lines: tuple[str, ...], record: StageRecord) -> list[Event]:
    """Give each line its time: until the endpoint is called that of the request, from its answer on that of the end."""
    prefix = f"({record.execution.request_id}) "
    called = record.calls[-1] if record.calls else None
    before_ms = int(record.received_at * 1000)
    after_ms = int((called.finished_at if called is not None else record.finished_at) * 1000)
    events: list[Event] = []
    time_ms = before_ms
    for line in lines:
        if line.removeprefix(prefix).startswith(_AFTER_THE_CALL):
            time_ms = max(before_ms, after_ms)
        events.append((time_ms, line))
    return events
