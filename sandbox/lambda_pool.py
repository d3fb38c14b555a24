"""The worker processes of one Lambda function in one configuration, and the folder with its code.

See: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""

from __future__ import annotations

import io
import logging
import shutil
import tempfile
import threading
import zipfile
from collections.abc import Mapping
from pathlib import Path

from sandbox.lambda_functions import LambdaFunction, layer_code
from sandbox.lambda_process import LambdaWorker, WorkerEndedError, WorkerTimedOutError

logger = logging.getLogger(__name__)

STOP_TIMEOUT_S = 10.0
MAX_WORKERS_PER_FUNCTION = 12
EAGER_WORKERS = 2
WAIT_FOR_IDLE_S = 0.25


class FunctionPool:
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

    def process_ids(self) -> tuple[int, ...]:
        """Return the process ids of the workers."""
        with self._condition:
            return tuple(worker.process_id for worker in self._workers)

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
