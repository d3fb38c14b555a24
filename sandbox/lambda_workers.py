"""Lambda functions in worker processes: persistent, one invocation at a time each, killed at the function's timeout.

A function's configuration change retires its workers. A worker ends with its standard input and with its parent, so
none outlives the sandbox.

See: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
import uuid
import zipfile
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.lambda_functions import LambdaFunction
from sandbox.lambda_pool import FunctionPool
from sandbox.lambda_process import LambdaWorker, WorkerEndedError, WorkerTimedOutError

PAYLOAD_LIMIT_BYTES = 6_291_556


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """What came of an invocation. ``started_at`` and ``finished_at`` are seconds since the epoch."""

    function: LambdaFunction
    request_id: str
    payload: bytes
    function_error: str | None
    printed: str
    started_at: float
    finished_at: float
    init_duration_ms: float | None
    trace_header: str = ""

    @property
    def duration_ms(self) -> float:
        """How long the handler ran."""
        return (self.finished_at - self.started_at) * 1000


class TooManyRequestsError(Exception):
    """The function's reserved concurrency is in use: Lambda answers 429."""


class LambdaWorkers:
    """Runs invocations of all functions.

    Args:
        aws_environment: ``AWS_ENDPOINT_URL`` and credentials, for the functions' own calls of AWS.
        on_invocation: Called after each invocation, for Lambda's own log and trace.
    """

    def __init__(
        self, aws_environment: Mapping[str, str], on_invocation: Callable[[Invocation], None] | None = None
    ) -> None:
        self._aws_environment = dict(aws_environment)
        self._on_invocation = on_invocation
        self._lock = threading.Lock()
        self._pools: dict[tuple[str, str], FunctionPool] = {}
        self._in_flight: dict[str, int] = {}
        self._executor = ThreadPoolExecutor(max_workers=64, thread_name_prefix="lambda")
        self._stopped = False

    def submit(self, function: LambdaFunction, payload: bytes, *, trace_header: str = "") -> Future[Invocation]:
        """Start an invocation. Its future never raises for what the function does: that is in the invocation.

        Raises:
            TooManyRequestsError: If the reserved concurrency is in use.
        """
        with self._lock:
            running = self._in_flight.get(function.function_arn, 0)
            if function.reserved_concurrency is not None and running >= function.reserved_concurrency:
                raise TooManyRequestsError
            self._in_flight[function.function_arn] = running + 1
        return self._executor.submit(self._run, function, payload, trace_header)

    def process_ids(self) -> tuple[int, ...]:
        """Return the process ids of all workers."""
        with self._lock:
            pools = list(self._pools.values())
        return tuple(process_id for pool in pools for process_id in pool.process_ids())

    def stop(self) -> None:
        """End all worker processes."""
        with self._lock:
            self._stopped = True
            pools, self._pools = list(self._pools.values()), {}
        for pool in pools:
            pool.retire(busy_too=True)
        self._executor.shutdown(wait=True, cancel_futures=True)
        for pool in pools:
            pool.wait_until_empty()

    def _run(self, function: LambdaFunction, payload: bytes, trace_header: str) -> Invocation:
        try:
            invocation = self._invoke(function, payload, trace_header)
        finally:
            with self._lock:
                self._in_flight[function.function_arn] -= 1
        if self._on_invocation is not None:
            self._on_invocation(invocation)
        return invocation

    def _invoke(self, function: LambdaFunction, payload: bytes, trace_header: str) -> Invocation:
        request_id = str(uuid.uuid4())
        problem = _unsupported(function)
        if problem is not None:
            return _failed(function, request_id, problem, trace_header)
        try:
            pool, worker = self._acquire(function)
        except (WorkerEndedError, zipfile.BadZipFile):
            message = f"RequestId: {request_id} Error: Runtime exited before it was ready"
            document = {"errorType": "Runtime.ExitError", "errorMessage": message}
            return _failed(function, request_id, document, trace_header)
        return _call(pool, worker, request_id, payload, trace_header)

    def _acquire(self, function: LambdaFunction) -> tuple[FunctionPool, LambdaWorker]:
        """Return a worker; where its pool is retired meanwhile by a new configuration, one of another pool."""
        while True:
            pool = self._pool(function)
            try:
                return pool, pool.acquire()
            except WorkerEndedError:
                if not pool.is_retired:
                    raise

    def _pool(self, function: LambdaFunction) -> FunctionPool:
        key = (function.function_arn, function.version)
        with self._lock:
            if self._stopped:
                raise WorkerEndedError
            pool = self._pools.get(key)
            if pool is not None and pool.function == function:
                return pool
            fresh = self._pools[key] = FunctionPool(function, self._environment(function))
        if pool is not None:
            pool.retire(busy_too=False)
        return fresh

    def _environment(self, function: LambdaFunction) -> dict[str, str]:
        inherited = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
        stream = f"{datetime.now(tz=UTC):%Y/%m/%d}/[{function.version}]{uuid.uuid4().hex}"
        reserved = {
            "AWS_REGION": function.region,
            "AWS_DEFAULT_REGION": function.region,
            "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
            "AWS_LAMBDA_FUNCTION_VERSION": function.version,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size_mb),
            "AWS_LAMBDA_LOG_GROUP_NAME": function.log_group_name,
            "AWS_LAMBDA_LOG_STREAM_NAME": stream,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "_HANDLER": function.handler,
            "TZ": ":UTC",
        }
        return {**inherited, **self._aws_environment, **dict(function.environment), **reserved}


def _unsupported(function: LambdaFunction) -> dict[str, str] | None:
    if function.runtime.startswith("python"):
        return None
    message = f"The sandbox runs Python functions only; {function.function_name} has the runtime {function.runtime!r}"
    return {"errorType": "Runtime.InvalidRuntime", "errorMessage": message}


def _failed(function: LambdaFunction, request_id: str, document: Mapping[str, str], trace_header: str) -> Invocation:
    now = time.time()
    return Invocation(
        function=function,
        request_id=request_id,
        payload=json.dumps(document).encode(),
        function_error="Unhandled",
        printed="",
        started_at=now,
        finished_at=now,
        init_duration_ms=None,
        trace_header=trace_header,
    )


def _call(pool: FunctionPool, worker: LambdaWorker, request_id: str, payload: bytes, trace_header: str) -> Invocation:
    function = pool.function
    header = {
        "request_id": request_id,
        "function_arn": function.function_arn,
        "timeout_s": function.timeout_s,
        "trace_header": trace_header,
    }
    init_duration_ms, worker.init_duration_ms = worker.init_duration_ms, None
    started_at = time.time()
    function_error, printed, answer = _answer(pool, worker, header, payload)
    return Invocation(
        function=function,
        request_id=request_id,
        payload=answer,
        function_error=function_error,
        printed=printed,
        started_at=started_at,
        finished_at=time.time(),
        init_duration_ms=init_duration_ms,
        trace_header=trace_header,
    )


def _answer(
    pool: FunctionPool, worker: LambdaWorker, header: Mapping[str, Any], payload: bytes
) -> tuple[str | None, str, bytes]:
    """Return function error, printed text and payload; a worker that failed is gone afterwards."""
    request_id = header["request_id"]
    try:
        reply, answer = worker.call(header, payload, pool.function.timeout_s)
    except WorkerTimedOutError:
        pool.discard(worker)
        return "Unhandled", "", _timed_out(pool.function, request_id)
    except WorkerEndedError:
        document = _ended(worker, request_id)
        pool.discard(worker)
        return "Unhandled", "", document
    pool.release(worker)
    if len(answer) > PAYLOAD_LIMIT_BYTES:
        return "Unhandled", reply["printed"], _too_large()
    return reply["function_error"], reply["printed"], answer


def _timed_out(function: LambdaFunction, request_id: str) -> bytes:
    stamp = f"{datetime.now(tz=UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"
    return json.dumps(
        {"errorMessage": f"{stamp} {request_id} Task timed out after {function.timeout_s:.2f} seconds"}
    ).encode()


def _ended(worker: LambdaWorker, request_id: str) -> bytes:
    try:
        status = f"exit status {worker.exit_code()}"
    except subprocess.TimeoutExpired:
        status = "its replies closed"
    message = f"RequestId: {request_id} Error: Runtime exited with error: {status}"
    return json.dumps({"errorType": "Runtime.ExitError", "errorMessage": message}).encode()


def _too_large() -> bytes:
    message = f"Response payload size exceeded maximum allowed payload size ({PAYLOAD_LIMIT_BYTES} bytes)."
    return json.dumps({"errorMessage": message, "errorType": "Function.ResponseSizeTooLarge"}).encode()
