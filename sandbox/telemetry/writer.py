"""The background writer: takes what happened from a queue and writes it to the AWS side, off the request path."""

from __future__ import annotations

import logging
import queue
import threading
import time
from dataclasses import dataclass, field

from sandbox.http_api.record import HttpApiRecord
from sandbox.lambda_workers import Invocation
from sandbox.telemetry.access_logs import deliver_access_log, deliver_http_api_access_log
from sandbox.telemetry.execution_logs import deliver_execution_log
from sandbox.telemetry.lambda_logs import deliver_lambda_log
from sandbox.telemetry.log_delivery import LogDelivery
from sandbox.telemetry.metrics import MetricBuffer
from sandbox.telemetry.records import StageRecord
from sandbox.telemetry.traces import put_lambda_segments, put_stage_segment

logger = logging.getLogger(__name__)

BATCH_SIZE = 200
PAUSE_S = 0.2
METRICS_EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class _Flush:
    done: threading.Event = field(default_factory=threading.Event)
    is_last: bool = False


class TelemetryWriter:
    """Writes the telemetry of requests and invocations within about a second; nothing is lost at an orderly stop.

    Args:
        minute_s: How long a minute of the metrics lasts; 60 as on AWS.
    """

    def __init__(self, *, minute_s: float = 60.0) -> None:
        self._queue: queue.SimpleQueue[StageRecord | HttpApiRecord | Invocation | _Flush] = queue.SimpleQueue()
        self._logs = LogDelivery()
        self._metrics = MetricBuffer(minute_s=minute_s)
        self._metrics_put_at = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="telemetry", daemon=True)
        self._thread.start()

    def submit(self, item: StageRecord | HttpApiRecord | Invocation) -> None:
        """Take an answered request or a finished invocation; returns at once."""
        self._queue.put(item)

    def flush(self, timeout_s: float = 30.0) -> bool:
        """Wait until everything submitted so far is written. Returns False when that took too long."""
        flush = _Flush()
        self._queue.put(flush)
        return flush.done.wait(timeout_s)

    def stop(self) -> None:
        """Write everything submitted so far and end the thread."""
        self._queue.put(_Flush(is_last=True))
        self._thread.join()

    def _run(self) -> None:
        while True:
            batch = self._take()
            flushes = [item for item in batch if isinstance(item, _Flush)]
            for item in batch:
                if not isinstance(item, _Flush):
                    self._guarded(item)
            self._deliver(metrics_too=bool(flushes))
            for flush in flushes:
                flush.done.set()
            if any(flush.is_last for flush in flushes):
                return

    def _take(self) -> list[StageRecord | HttpApiRecord | Invocation | _Flush]:
        """Return what has come, after a short pause in which more may come."""
        batch: list[StageRecord | HttpApiRecord | Invocation | _Flush] = []
        deadline = time.monotonic() + PAUSE_S
        while len(batch) < BATCH_SIZE:
            try:
                batch.append(self._queue.get(timeout=max(0.0, deadline - time.monotonic())))
            except queue.Empty:
                break
            if isinstance(batch[-1], _Flush):
                break
        return batch

    def _guarded(self, item: StageRecord | HttpApiRecord | Invocation) -> None:
        """Write one item. One that cannot be written must not stop the telemetry of all that follow."""
        try:
            self._write(item)
        except Exception:
            logger.exception("the telemetry of a request was not written")

    def _write(self, item: StageRecord | HttpApiRecord | Invocation) -> None:
        if isinstance(item, Invocation):
            deliver_lambda_log(item, self._logs)
            put_lambda_segments(item)
            return
        if isinstance(item, HttpApiRecord):
            self._metrics.add_http_api(item)
            deliver_http_api_access_log(item, self._logs)
            return
        self._metrics.add(item)
        deliver_execution_log(item, self._logs)
        deliver_access_log(item, self._logs)
        put_stage_segment(item)

    def _deliver(self, *, metrics_too: bool) -> None:
        try:
            self._logs.deliver()
            if metrics_too or time.monotonic() - self._metrics_put_at >= METRICS_EVERY_S:
                self._metrics_put_at = time.monotonic()
                self._metrics.put()
        except Exception:
            logger.exception("telemetry was not delivered")
