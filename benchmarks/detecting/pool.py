"""The work of the benchmark, spread over processes: each has a sandbox of its own for as long as it lives."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import ExitStack
from multiprocessing.util import Finalize
from pathlib import Path

from benchmarks.detecting.results import (
    Budget,
    FaultResult,
    HealthyResult,
    SchemathesisResult,
    Shown,
    StageproofResult,
    TemplateResult,
)

Task = str | Shown | None
"""A fault's id, operations of a healthy API, or None for the templates of the healthy APIs."""

_bench: object = None


def work(
    tasks: list[Task], *, workers: int, budget: Budget, folder: Path
) -> Iterator[tuple[Task, FaultResult | HealthyResult | None]]:
    """Carry out tasks and give each result as it comes.

    Args:
        tasks: What to do.
        workers: How many processes.
        budget: What the tools may spend on each.
        folder: Where templates are written.

    Raises:
        BaseException: What ended a task on the healthy API: without it nothing can be compared.
    """
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        max_workers=workers, mp_context=context, initializer=_start, initargs=(budget, folder)
    ) as pool:
        futures: dict[Future[FaultResult | HealthyResult | None], Task] = {
            pool.submit(_do, task): task for task in tasks
        }
        try:
            for future in as_completed(futures):
                yield futures[future], _result(futures[future], future)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _result(task: Task, future: Future[FaultResult | HealthyResult | None]) -> FaultResult | HealthyResult | None:
    """Return the result of a task; a fault that could not be tried is told as such for every tool."""
    error = future.exception()
    if error is None or not isinstance(task, str):
        return future.result()
    told = f"{type(error).__name__}: {error}"
    return FaultResult(
        fault_id=task,
        operations=(),
        stageproof=StageproofResult(error=told),
        schemathesis=SchemathesisResult(error=told),
        template=TemplateResult(error=told),
    )


def _start(budget: Budget, folder: Path) -> None:
    """Start this process's sandbox; it ends with the process. Ctrl-C is the parent's to handle."""
    global _bench  # noqa: PLW0603 - a worker's tasks find its sandbox here
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ.update(AWS_ACCESS_KEY_ID="sandbox", AWS_SECRET_ACCESS_KEY="sandbox")
    from benchmarks.detecting.planted import Bench
    from stageproof.demonstration import example_sandbox

    stack = ExitStack()
    Finalize(None, stack.close, exitpriority=100)
    _bench = Bench(stack.enter_context(example_sandbox()), budget, folder)


def _do(task: Task) -> FaultResult | HealthyResult | None:
    from benchmarks.detecting.planted import Bench

    assert isinstance(_bench, Bench)
    if isinstance(task, str):
        return _bench.fault(task)
    if task is None:
        _bench.references()
        return None
    return _bench.healthy(task)
