"""Property-based traffic: the Schemathesis engine in worker processes, sharded by operation, everything recorded.

Each operation is one task with a seed of its own, so what is generated does not depend on the number of workers. The
stateful phase needs all operations and is one task, run by one process from the start while the others take operations.
"""

from __future__ import annotations

import contextlib
import hashlib
import multiprocessing
import queue
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing import forkserver, resource_tracker
from multiprocessing.context import ForkServerContext, SpawnContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from contracts.evidence import Completeness
from contracts.recording import RecordingRedactor
from gateway.errors import StageproofError
from gateway.rest_api import RestApi
from probes.authentication import Credentials
from probes.progress import OnProgress, Progress, no_progress
from probes.shard import Channels, ShardEnded, ShardProgress, ShardSetup, TaskDone, TrafficTask, run_shard
from probes.traffic_document import TrafficDocument, traffic_document
from probes.traffic_phases import STATEFUL, UNIT_PHASES, EngineSettings, PhaseOutcome

_PRELOADED = "probes.worker_preload"
_POLL_S = 0.2
_STOP_GRACE_S = 15.0


class TrafficError(StageproofError):
    """The traffic could not be carried out."""

    slug = "traffic"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficPlan:
    """What to send, where and how much.

    ``document`` is the contract and ``rest_api`` API Gateway's reading of it. ``already_done`` holds the outcomes of an
    interrupted run that is continued: what is complete there is not sent again.
    """

    document: Mapping[str, Any]
    rest_api: RestApi
    base_url: str
    run_id: str
    redactor: RecordingRedactor
    seed: int
    phases: tuple[str, ...] = (*UNIT_PHASES, STATEFUL)
    modes: tuple[str, ...] = ("positive", "negative")
    max_examples: int = 20
    time_budget_s: float = 600.0
    rate_limit_per_s: float | None = None
    workers: int = 2
    operations: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    request_timeout_s: float = 30.0
    destructive_traffic: bool = False
    credentials: Credentials = field(default_factory=Credentials)
    user_agent: str = "stageproof"
    already_done: tuple[PhaseOutcome, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficResult:
    """What was asked for and what was sent; ``stopped`` says why the traffic ended early, None if it did not."""

    outcomes: tuple[PhaseOutcome, ...]
    requests: int
    failures: int
    elapsed_s: float
    interrupted: bool = False
    stopped: str | None = None

    @property
    def requested(self) -> dict[str, int]:
        """Examples asked for, by operation."""
        return _by_operation(self.outcomes, "requested")

    @property
    def sent(self) -> dict[str, int]:
        """Examples sent, by operation."""
        return _by_operation(self.outcomes, "sent")

    @property
    def completeness(self) -> Completeness:
        """Requested against sent, over all operations, with the first reasons for what is missing."""
        short = [outcome for outcome in self.outcomes if outcome.requested > outcome.sent or not outcome.is_complete]
        reasons = dict.fromkeys(f"{each.operation} ({each.phase}): {each.reason}" for each in short)
        return Completeness(
            expected=sum(self.requested.values()),
            found=sum(self.sent.values()),
            missing=tuple(dict.fromkeys(each.operation for each in short)),
            reason="; ".join(list(reasons)[:3]) or None,
            remedy=None if not short else "give a larger --time-budget, or continue the run with --continue",
        )


def run_traffic(
    plan: TrafficPlan,
    writer_directory: Path,
    on_progress: OnProgress = no_progress,
    *,
    attempt: int = 0,
    on_done: Callable[[tuple[PhaseOutcome, ...]], None] = lambda _: None,
) -> TrafficResult:
    """Send the traffic and record it.

    Args:
        plan: What to send.
        writer_directory: The recording's folder; each worker writes its own parts there.
        on_progress: Is told a few times a second.
        attempt: How often this recording was continued; keeps the names of exchanges apart.
        on_done: Is told after each operation what is done by now, and recorded on disk.

    Returns:
        What was requested and sent. After Ctrl-C what was recorded is kept and ``interrupted`` is True.

    Raises:
        TrafficError: If a worker failed.
        NoOperationError: If there is nothing to send.
    """
    prepared = traffic_document(
        plan.document,
        plan.rest_api,
        include=plan.operations,
        exclude=plan.exclude,
        destructive_traffic=plan.destructive_traffic,
    )
    tasks = traffic_tasks(plan, prepared)
    if not tasks:
        return TrafficResult(outcomes=plan.already_done, requests=0, failures=0, elapsed_s=0.0)
    workers = max(1, min(plan.workers, len(tasks)))
    setups = [_shard_setup(plan, prepared, writer_directory, f"traffic{attempt}w{number}") for number in range(workers)]
    return _Crew(plan, tasks, setups, on_progress, on_done).run()


def prepare_workers() -> None:
    """Begin to load what workers need, in the background; returns at once. Traffic then begins a second earlier."""
    if isinstance(_worker_context(), ForkServerContext):
        with _out_of_reach_of_interrupts():
            forkserver.ensure_running()


@contextlib.contextmanager
def _out_of_reach_of_interrupts() -> Iterator[None]:
    """Start processes that never get Ctrl-C, not even while they load; this process gets it at the end of the block."""
    if sys.platform == "win32":
        yield
        return
    resource_tracker.ensure_running()  # which every start of a process begins with, and which lets signals in again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def traffic_tasks(plan: TrafficPlan, prepared: TrafficDocument) -> list[TrafficTask]:
    """List what is left to do: the stateful phase first, then operations, the longest first."""
    done = {(outcome.operation, outcome.phase) for outcome in plan.already_done if outcome.is_complete}
    tasks = []
    if STATEFUL in plan.phases and (STATEFUL, STATEFUL) not in done:
        tasks.append(TrafficTask(operation=None, phases=(STATEFUL,), seed=derived_seed(plan.seed, STATEFUL)))
    for operation in sorted(prepared.operations, key=lambda each: -each.weight):
        phases = tuple(phase for phase in UNIT_PHASES if phase in plan.phases and (operation.name, phase) not in done)
        if phases:
            seed = derived_seed(plan.seed, operation.name)
            tasks.append(TrafficTask(operation=operation, phases=phases, seed=seed))
    return tasks


def derived_seed(seed: int, name: str) -> int:
    """Derive the seed of a task from the run's, the same on every machine and for every number of workers."""
    return int.from_bytes(hashlib.sha256(f"{seed}:{name}".encode()).digest()[:4], "big")


class _Crew:
    """The workers of one run and what they report."""

    def __init__(
        self,
        plan: TrafficPlan,
        tasks: list[TrafficTask],
        setups: list[ShardSetup],
        on_progress: OnProgress,
        on_done: Callable[[tuple[PhaseOutcome, ...]], None],
    ) -> None:
        self._plan = plan
        self._tasks = tasks
        self._setups = setups
        self._on_progress = on_progress
        self._on_done = on_done
        self._started_s = time.monotonic()
        self._done: list[TaskDone] = []
        self._ended: dict[str, ShardEnded] = {}
        self._requests = 0
        self._failures = 0

    def run(self) -> TrafficResult:
        context = _worker_context()
        channels = Channels(
            tasks=context.Queue(),
            reports=context.Queue(),
            stop=context.Event(),
            next_slot_s=context.Value("d", 0.0),
        )
        for task in [*self._tasks, *[None] * len(self._setups)]:
            channels.tasks.put(task)
        processes = [context.Process(target=run_shard, args=(each, channels), daemon=True) for each in self._setups]
        interrupted = False
        try:
            with _out_of_reach_of_interrupts():
                for process in processes:
                    process.start()
            self._listen(channels, processes)
        except KeyboardInterrupt:
            interrupted = True
            channels.stop.set()
            with contextlib.suppress(KeyboardInterrupt):
                self._listen(channels, processes, until_s=time.monotonic() + _STOP_GRACE_S)
        finally:
            _put_away(channels, processes)
        return self._result(interrupted=interrupted)

    def _listen(self, channels: Channels, processes: Sequence[BaseProcess], *, until_s: float | None = None) -> None:
        """Take reports until every worker has ended (or died without a word, or the time is over)."""
        while len(self._ended) < len(processes) and (until_s is None or time.monotonic() < until_s):
            try:
                report = channels.reports.get(timeout=_POLL_S)
            except queue.Empty:
                if not any(process.is_alive() for process in processes):
                    return
                continue
            self._take(report)

    def _take(self, report: ShardProgress | TaskDone | ShardEnded) -> None:
        if isinstance(report, ShardEnded):
            self._ended[report.shard] = report
            return
        if isinstance(report, TaskDone):
            self._done.append(report)
            self._on_done(merged(self._plan.already_done, tuple(self._outcomes())))
            operation = report.task.operation
            self._tell(STATEFUL if operation is None else operation.name)
            return
        self._requests += report.requests
        self._failures += report.failures
        self._tell(report.operation)

    def _tell(self, operation: str) -> None:
        elapsed_s = time.monotonic() - self._started_s
        done = sum(_weight(report.task) for report in self._done)
        total = sum(_weight(task) for task in self._tasks)
        self._on_progress(
            Progress(
                phase="traffic",
                operation=operation,
                done=len(self._done),
                total=len(self._tasks),
                requests=self._requests,
                failures=self._failures,
                elapsed_s=elapsed_s,
                eta_s=elapsed_s * (total - done) / done if done else None,
            )
        )

    def _outcomes(self) -> list[PhaseOutcome]:
        return [outcome for report in self._done for outcome in report.outcomes]

    def _result(self, *, interrupted: bool) -> TrafficResult:
        done = [report.task for report in self._done]
        undone = [task for task in self._tasks if task not in done]
        reasons = [ended.error for ended in self._ended.values() if ended.error is not None]
        stopped = "interrupted" if interrupted else next(iter(reasons), None)
        if undone and stopped is None:
            stopped = "a worker process ended without a word (killed, or out of memory)"
        outcomes = self._outcomes()
        outcomes += [_never_begun(task, phase, self._plan, stopped) for task in undone for phase in task.phases]
        return TrafficResult(
            outcomes=merged(self._plan.already_done, tuple(outcomes)),
            requests=self._requests,
            failures=self._failures,
            elapsed_s=time.monotonic() - self._started_s,
            interrupted=interrupted,
            stopped=stopped,
        )


def _worker_context() -> ForkServerContext | SpawnContext:
    """Return how workers are started: forked from one process that has loaded the engine, which only Linux does safely.

    That process has no threads and nothing of the parent's but its own imports.
    """
    if not sys.platform.startswith("linux"):
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([_PRELOADED])
    return context


def _shard_setup(plan: TrafficPlan, prepared: TrafficDocument, directory: Path, shard: str) -> ShardSetup:
    return ShardSetup(
        shard=shard,
        directory=directory,
        document=prepared.document,
        operations=prepared.operations,
        settings=EngineSettings(
            base_url=plan.base_url,
            modes=plan.modes,
            max_examples=plan.max_examples,
            request_timeout_s=plan.request_timeout_s,
            destructive_traffic=plan.destructive_traffic,
        ),
        credentials=plan.credentials,
        redactor=plan.redactor,
        user_agent=plan.user_agent,
        deadline_s=time.time() + plan.time_budget_s,
        rate_limit_per_s=plan.rate_limit_per_s,
    )


def merged(before: tuple[PhaseOutcome, ...], now: tuple[PhaseOutcome, ...]) -> tuple[PhaseOutcome, ...]:
    """Add the outcomes of a continued run to those before; what was sent before counts as requested too."""
    known = {(outcome.operation, outcome.phase): outcome for outcome in before}
    for outcome in now:
        earlier = known.get((outcome.operation, outcome.phase))
        sent_before = 0 if earlier is None else earlier.sent
        known[outcome.operation, outcome.phase] = PhaseOutcome(
            operation=outcome.operation,
            phase=outcome.phase,
            requested=outcome.requested + sent_before,
            sent=outcome.sent + sent_before,
            is_complete=outcome.is_complete,
            reason=outcome.reason,
        )
    return tuple(known.values())


def _never_begun(task: TrafficTask, phase: str, plan: TrafficPlan, reason: str | None) -> PhaseOutcome:
    """Account for a phase that was not begun: at least one example was asked for, of fuzzing a known number."""
    return PhaseOutcome(
        operation=STATEFUL if task.operation is None else task.operation.name,
        phase=phase,
        requested=plan.max_examples if phase == "fuzzing" else 1,
        sent=0,
        is_complete=False,
        reason=reason,
    )


def _weight(task: TrafficTask) -> int:
    return 100 if task.operation is None else task.operation.weight


def _by_operation(outcomes: tuple[PhaseOutcome, ...], count: str) -> dict[str, int]:
    totals: dict[str, int] = {}
    for outcome in outcomes:
        number = getattr(outcome, count)
        if number or outcome.operation != STATEFUL:
            totals[outcome.operation] = totals.get(outcome.operation, 0) + number
    return dict(sorted(totals.items()))


def _put_away(channels: Channels, processes: Sequence[BaseProcess]) -> None:
    for process in processes:
        if process.pid is None:
            continue
        process.join(timeout=2.0)
        if process.is_alive():
            process.terminate()
            process.join(timeout=2.0)
    for each in (channels.tasks, channels.reports):
        each.cancel_join_thread()
        each.close()
