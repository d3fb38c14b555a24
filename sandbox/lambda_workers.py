"""Lambda functions in worker processes: persistent, one invocation at a time each, killed at the function's timeout.

Workers are started with the same Python and a small environment. A function's configuration change retires its workers.
A worker ends with its standard input, so none outlives the sandbox.

See: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import select
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import uuid
import zipfile
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from sandbox import lambda_runtime
from sandbox.lambda_functions import LambdaFunction, layer_code

logger = logging.getLogger(__name__)

INIT_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 10.0
MAX_WORKERS_PER_FUNCTION = 12
EAGER_WORKERS = 2
WAIT_FOR_IDLE_S = 0.25
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


class WorkerTimedOutError(Exception):
    """The worker did not answer in time."""


class WorkerEndedError(Exception):
    """The worker's process ended before it answered."""


class TooManyRequestsError(Exception):
    """The function's reserved concurrency is in use: Lambda answers 429."""


class LambdaWorker:
    """One worker process of a function."""

    def __init__(self, function: LambdaFunction, roots: list[str], environment: Mapping[str, str]) -> None:
        started = time.monotonic()
        reply_read, reply_write = os.pipe()
        self._process = subprocess.Popen(  # noqa: S603 - our own Python with our own runtime file
            [sys.executable, "-P", lambda_runtime.__file__, function.handler, str(reply_write), *roots],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(reply_write,),
            cwd=roots[0],
            env=dict(environment),
            start_new_session=True,
        )
        os.close(reply_write)
        self._reply_fd = reply_read
        self._poll = select.poll()
        self._poll.register(reply_read, select.POLLIN | select.POLLHUP)
        self._buffer = b""
        self._started = started
        self.init_duration_ms: float | None = None

    def wait_until_ready(self) -> None:
        """Wait until the handler is loaded, or cannot be.

        Raises:
            WorkerTimedOutError: If loading takes too long.
            WorkerEndedError: If the process ended.
        """
        self._read_frame(self._started + INIT_TIMEOUT_S)
        self.init_duration_ms = (time.monotonic() - self._started) * 1000

    @property
    def process_id(self) -> int:
        """The worker's process id."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def call(self, header: Mapping[str, Any], payload: bytes, timeout_s: float) -> tuple[dict[str, Any], bytes]:
        """Send one invocation and wait for its answer.

        Raises:
            WorkerTimedOutError: If no answer came within ``timeout_s``.
            WorkerEndedError: If the process ended.
        """
        deadline = time.monotonic() + timeout_s
        pipe = self._process.stdin
        if pipe is None:  # pragma: no cover - it was asked for
            raise WorkerEndedError
        try:
            lambda_runtime.write_frame(_as_binary(pipe), dict(header), payload)
        except OSError as error:
            raise WorkerEndedError from error
        return self._read_frame(deadline)

    def exit_code(self) -> int:
        """Return the exit code of a process that ended by itself."""
        return self._process.wait(timeout=5)

    def kill(self) -> None:
        """End the process at once. Whoever waits for its answer is told; any thread may call this."""
        self._process.kill()

    def close(self) -> None:
        """End the process and close its pipes; only the thread that holds the worker may call this."""
        self._process.kill()
        self._process.wait()
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        os.close(self._reply_fd)

    def _read_frame(self, deadline: float) -> tuple[dict[str, Any], bytes]:
        header_size, payload_size = lambda_runtime.LENGTHS.unpack(self._read(lambda_runtime.LENGTHS.size, deadline))
        header = json.loads(self._read(header_size, deadline))
        return header, self._read(payload_size, deadline)

    def _read(self, size: int, deadline: float) -> bytes:
        while len(self._buffer) < size:
            remaining_ms = int((deadline - time.monotonic()) * 1000) + 1
            if remaining_ms <= 0 or not self._poll.poll(remaining_ms):
                raise WorkerTimedOutError
            chunk = os.read(self._reply_fd, 1 << 20)
            if not chunk:
                raise WorkerEndedError
            self._buffer += chunk
        data, self._buffer = self._buffer[:size], self._buffer[size:]
        return data


def _as_binary(pipe: Any) -> BinaryIO:
    """Name the type of a process's pipe, which the standard library leaves open."""
    binary: BinaryIO = pipe
    return binary


class _FunctionPool:
    """The workers of one function in one configuration, and the folder with its code."""

    def __init__(self, function: LambdaFunction, environment: Mapping[str, str]) -> None:
        self.function = function
        self._folder = Path(tempfile.mkdtemp(prefix=f"stageproof-lambda-{function.function_name}-"))
        self._roots = _unpack(function, self._folder)
        self._environment = {**environment, "LAMBDA_TASK_ROOT": self._roots[0]}
        self._condition = threading.Condition()
        self._idle: list[LambdaWorker] = []
        self._workers: set[LambdaWorker] = set()
        self._waiting = 0
        self._starting = 0
        self._warming = 0
        self._failed_starts = 0
        self._retired = False

    @property
    def is_retired(self) -> bool:
        """Whether the pool takes no more invocations."""
        return self._retired

    def acquire(self) -> LambdaWorker:
        """Return an idle worker; where all are busy a new one is started, and whichever is free first is taken.

        Raises:
            WorkerEndedError: If the pool was retired meanwhile, or a new process ended before it was ready.
        """
        with self._condition:
            self._waiting += 1
            try:
                return self._wait_for_idle()
            finally:
                self._waiting -= 1

    def _wait_for_idle(self) -> LambdaWorker:
        """Wait for an idle worker, holding the condition; start new ones, never more than are waited for."""
        waited = False
        while not self._idle:
            if self._retired or self._failed_starts:
                self._failed_starts = max(0, self._failed_starts - 1)
                raise WorkerEndedError
            count = len(self._workers) + self._starting
            may_start = count < EAGER_WORKERS or (waited and count < MAX_WORKERS_PER_FUNCTION)
            if may_start and self._warming < self._waiting:
                self._starting += 1
                self._warming += 1
                threading.Thread(target=self._start, name="lambda-start", daemon=True).start()
            waited = not self._condition.wait(WAIT_FOR_IDLE_S)
        self._failed_starts = 0
        return self._idle.pop()

    def _start(self) -> None:
        worker = None
        try:
            worker = LambdaWorker(self.function, self._roots, self._environment)
            self._started(worker)
            worker.wait_until_ready()
        except (WorkerTimedOutError, WorkerEndedError, OSError):
            logger.warning("a worker of %s ended before it was ready", self.function.function_name)
            self._start_failed(worker)
        else:
            with self._condition:
                self._warming -= 1
            self.release(worker)

    def _started(self, worker: LambdaWorker) -> None:
        with self._condition:
            self._starting -= 1
            self._workers.add(worker)
            if self._retired:
                worker.kill()

    def _start_failed(self, worker: LambdaWorker | None) -> None:
        with self._condition:
            self._failed_starts += 1
            self._warming -= 1
            self._starting -= worker is None
            self._condition.notify_all()
        if worker is not None:
            self.discard(worker)

    def release(self, worker: LambdaWorker) -> None:
        """Give a worker back; it is stopped when it ended or the pool was retired."""
        with self._condition:
            if not self._retired and worker.is_alive:
                self._idle.append(worker)
                self._condition.notify()
                return
        self.discard(worker)

    def discard(self, worker: LambdaWorker) -> None:
        """Stop a worker for good."""
        worker.close()
        with self._condition:
            self._workers.discard(worker)
            self._condition.notify_all()
        self._remove_folder_when_unused()

    def retire(self, *, busy_too: bool) -> None:
        """Take no more invocations; stop idle workers now, busy ones at their release (or now)."""
        with self._condition:
            self._retired = True
            idle, self._idle = self._idle, []
            if busy_too:
                for worker in self._workers - set(idle):
                    worker.kill()
            self._condition.notify_all()
        for worker in idle:
            self.discard(worker)
        self._remove_folder_when_unused()

    def wait_until_empty(self) -> None:
        """Wait until the last process of a retired pool has ended."""
        with self._condition:
            self._condition.wait_for(lambda: not self._workers and not self._starting, STOP_TIMEOUT_S)

    def _remove_folder_when_unused(self) -> None:
        with self._condition:
            unused = self._retired and not self._workers and not self._starting
        if unused:
            shutil.rmtree(self._folder, ignore_errors=True)


def _unpack(function: LambdaFunction, folder: Path) -> list[str]:
    """Unpack the function's code and its layers. Returns the folders to import from, the task root first."""
    task_root = folder / "task"
    task_root.mkdir()
    if function.code:
        with zipfile.ZipFile(io.BytesIO(function.code)) as archive:
            archive.extractall(task_root)  # the user's own code, run by the user
    roots = [str(task_root)]
    for number, layer in enumerate(function.layers):
        code = layer_code(layer)
        if code:
            with zipfile.ZipFile(io.BytesIO(code)) as archive:
                archive.extractall(folder / f"layer{number}")
            roots.append(str(folder / f"layer{number}" / "python"))
    return roots


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
        self._pools: dict[tuple[str, str], _FunctionPool] = {}
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
        return tuple(worker.process_id for pool in pools for worker in tuple(pool._workers))  # noqa: SLF001 - same file

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

    def _acquire(self, function: LambdaFunction) -> tuple[_FunctionPool, LambdaWorker]:
        """Return a worker; where its pool is retired meanwhile by a new configuration, one of another pool."""
        while True:
            pool = self._pool(function)
            try:
                return pool, pool.acquire()
            except WorkerEndedError:
                if not pool.is_retired:
                    raise

    def _pool(self, function: LambdaFunction) -> _FunctionPool:
        key = (function.function_arn, function.version)
        with self._lock:
            if self._stopped:
                raise WorkerEndedError
            pool = self._pools.get(key)
            if pool is not None and pool.function == function:
                return pool
            fresh = self._pools[key] = _FunctionPool(function, self._environment(function))
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


def _call(pool: _FunctionPool, worker: LambdaWorker, request_id: str, payload: bytes, trace_header: str) -> Invocation:
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
    pool: _FunctionPool, worker: LambdaWorker, header: Mapping[str, Any], payload: bytes
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
