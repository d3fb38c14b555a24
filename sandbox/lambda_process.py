"""One worker process of a Lambda function: the same Python, spoken to over pipes, killed when it is late."""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Mapping
from typing import Any, BinaryIO

from sandbox import lambda_runtime
from sandbox.lambda_functions import LambdaFunction

INIT_TIMEOUT_S = 60.0


class WorkerTimedOutError(Exception):
    """The worker did not answer in time."""


class WorkerEndedError(Exception):
    """The worker's process ended before it answered."""


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
