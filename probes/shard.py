"""The worker's side of the traffic: one process that takes operations from a queue, sends them and records.

Nothing is shared with other workers but the queues, the stop signal and the clock of the rate limit.
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import queue
import signal
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from multiprocessing.queues import Queue
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contracts.recording import RecordingRedactor, RecordingWriter
from gateway.errors import StageproofError
from probes.authentication import (
    AUTHORIZATION_HEADER,
    KEYS_EXPIRED,
    AwsKeys,
    Credentials,
    SecurityNeeds,
    authentication_headers,
    have_expired,
    sigv4_headers,
)
from probes.exchange_recorder import SentCase, as_exchange
from probes.traffic_document import TrafficOperation
from probes.traffic_phases import STATEFUL, TIME_IS_SPENT, EngineSettings, PhaseOutcome

if TYPE_CHECKING:
    import requests
    from schemathesis.generation.case import Case

    from probes.schemathesis_engine import EngineRun

UNANSWERED_LIMIT = 20
_LOOKS_FOR_TASKS_S = 1.0
_TELL_EVERY_S = 0.2
_GC_THRESHOLDS = (
    100_000,
    50,
    50,
)  # generation makes many short-lived objects: a tenth of the time went into collecting
_FIRST_SERVER_ERROR = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficTask:
    """What a worker takes from the queue: the unit phases of one operation, or the stateful phase of all (None)."""

    operation: TrafficOperation | None
    phases: tuple[str, ...]
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardSetup:
    """Everything a worker needs to begin. ``deadline_s`` is the wall clock's time at which it stops."""

    shard: str
    directory: Path
    document: Mapping[str, Any]
    operations: tuple[TrafficOperation, ...]
    settings: EngineSettings
    credentials: Credentials
    redactor: RecordingRedactor
    user_agent: str
    deadline_s: float
    rate_limit_per_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardProgress:
    """Requests and failures since the last word, and the operation they were for."""

    operation: str
    requests: int
    failures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDone:
    """A task came to its end, and its exchanges are on disk."""

    task: TrafficTask
    outcomes: tuple[PhaseOutcome, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardEnded:
    """A worker ends: by itself, or with the reason why it could not go on."""

    shard: str
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Channels:
    """How workers and their parent talk. ``next_slot_s`` is the monotonic time of the next request of all workers."""

    tasks: Queue[TrafficTask | None]
    reports: Queue[ShardProgress | TaskDone | ShardEnded]
    stop: Event
    next_slot_s: Synchronized[float]


class ShardRecorder:
    """Stands between the engine and the network: paces, authenticates, records, and says when to stop."""

    def __init__(self, setup: ShardSetup, channels: Channels, writer: RecordingWriter) -> None:
        self.sent: Counter[tuple[str, str]] = Counter()
        self.stop_reason: str | None = None
        self._setup = setup
        self._channels = channels
        self._writer = writer
        self._operations = {operation.label: operation for operation in setup.operations}
        self._serial = 0
        self._unanswered = 0
        self._untold: Counter[str] = Counter()
        self._told_at_s = time.monotonic()

    def may_go_on(self) -> bool:
        """Say whether the next request may be made."""
        if self.stop_reason is None:
            if self._channels.stop.is_set() or not _is_wanted():
                self.stop_reason = "interrupted"
            elif time.time() > self._setup.deadline_s:
                self.stop_reason = TIME_IS_SPENT
            elif self._unanswered >= UNANSWERED_LIMIT:
                self.stop_reason = f"no answer to {UNANSWERED_LIMIT} requests in a row"
        return self.stop_reason is None

    def pace(self) -> None:
        """Wait for this request's slot under the rate limit of all workers together."""
        limit = self._setup.rate_limit_per_s
        if limit is None:
            return
        with self._channels.next_slot_s.get_lock():
            slot_s = max(self._channels.next_slot_s.value, time.monotonic())
            self._channels.next_slot_s.value = slot_s + 1 / limit
        time.sleep(max(0.0, slot_s - time.monotonic()))

    def headers(self, case: Case[Any]) -> Mapping[str, str]:
        """Return the run's headers and the credentials the operation needs, without those the case negates."""
        credentials = authentication_headers(self._setup.credentials, self._needs(case))
        kept = {name: value for name, value in credentials.items() if not negates_header(case, name)}
        return {"User-Agent": self._setup.user_agent, **kept}

    def signature(self, case: Case[Any]) -> requests.auth.AuthBase | None:
        """Return the SigV4 signature of an operation that needs one."""
        keys = self._setup.credentials.aws_keys
        if keys is None or not self._needs(case).sigv4 or negates_header(case, AUTHORIZATION_HEADER):
            return None
        return _signature(keys)

    def record(self, sent: SentCase) -> None:
        """Write a sent case to the recording and count it; not one that only says that our own keys have expired."""
        operation = self._operations[sent.case.operation.label]
        if self._setup.credentials.aws_keys is not None and sent.response is not None:
            told = sent.response.headers.get("x-amzn-errortype") or ("",)
            if have_expired(told[0]):
                self.stop_reason = KEYS_EXPIRED
                return
        self._serial += 1
        exchange = as_exchange(sent, operation, exchange_id=f"{self._setup.shard}-{self._serial:06d}")
        self._writer.add_exchange(exchange)
        self.sent[operation.label, exchange.origin.value] += 1
        self._unanswered = self._unanswered + 1 if sent.response is None else 0
        failed = sent.response is None or sent.response.status_code >= _FIRST_SERVER_ERROR
        self._untold["requests"] += 1
        self._untold["failures"] += failed
        if time.monotonic() - self._told_at_s > _TELL_EVERY_S:
            self.tell(operation.name)

    def tell(self, operation: str) -> None:
        """Report what was sent since the last word."""
        self._told_at_s = time.monotonic()
        counts = self._untold
        self._channels.reports.put(
            ShardProgress(operation=operation, requests=counts["requests"], failures=counts["failures"])
        )
        counts.clear()

    def _needs(self, case: Case[Any]) -> SecurityNeeds:
        return self._operations[case.operation.label].needs


def run_shard(setup: ShardSetup, channels: Channels) -> None:
    """Work until the queue says that nothing is left, and report the end in any case; the target of a process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears Ctrl-C and tells by the stop signal
    error: str | None = None
    try:
        with RecordingWriter(setup.directory, redactor=setup.redactor, shard=setup.shard) as writer:
            error = work(setup, channels, ShardRecorder(setup, channels, writer), writer.flush)
    except StageproofError as raised:
        error = str(raised)
    except BaseException as raised:
        error = f"{type(raised).__name__}: {raised}"
        raise
    finally:
        channels.reports.put(ShardEnded(shard=setup.shard, error=error))
        if not _is_wanted():
            channels.reports.cancel_join_thread()  # nobody reads: to wait until all is told would be to wait for ever


def work(setup: ShardSetup, channels: Channels, recorder: ShardRecorder, flush: Callable[[], None]) -> str | None:
    """Take tasks until the queue says that nothing is left.

    Returns:
        Why work stopped before the end of the queue, or None.
    """
    from probes.schemathesis_engine import EngineRun, load_schema, recorded_transport

    schema = load_schema(setup.document, setup.settings)
    gc.set_threshold(*_GC_THRESHOLDS)
    gc.freeze()
    run = EngineRun(schema=schema, settings=setup.settings, sent=recorder.sent, may_go_on=recorder.may_go_on)
    with recorded_transport(recorder):
        while (task := _next_task(channels, recorder)) is not None:
            outcomes = _stateful(run, task, setup) if task.operation is None else _unit(run, task, task.operation)
            flush()
            recorder.tell(STATEFUL if task.operation is None else task.operation.name)
            reasoned = tuple(_with_stop_reason(outcome, recorder.stop_reason) for outcome in outcomes)
            channels.reports.put(TaskDone(task=task, outcomes=reasoned))
    return recorder.stop_reason


def _next_task(channels: Channels, recorder: ShardRecorder) -> TrafficTask | None:
    """Return the next task; None at the end of the queue, and where no more may be sent."""
    while recorder.may_go_on():
        with contextlib.suppress(queue.Empty):
            return channels.tasks.get(timeout=_LOOKS_FOR_TASKS_S)
    return None


def _is_wanted() -> bool:
    """Say whether the process that started this one is still there: one that was killed cannot tell its workers."""
    parent = multiprocessing.parent_process()
    return parent is None or parent.is_alive()


def negates_header(case: Case[Any], name: str) -> bool:
    """Say whether a case is about a header being absent or wrong, so that credentials must not mend it."""
    from schemathesis.core.parameters import ParameterLocation
    from schemathesis.generation.meta import negated_parameters

    meta = case.meta
    if meta is None or not meta.generation.mode.is_negative:
        return False
    lowered = name.lower()
    named = [each for each, location in negated_parameters(meta) if location is ParameterLocation.HEADER]
    if lowered in {each.lower() for each in named}:
        return True
    carries = any(each.lower() == lowered for each in case.headers or {})
    return carries and not named and meta.is_negative_at(ParameterLocation.HEADER)


def _unit(run: EngineRun, task: TrafficTask, operation: TrafficOperation) -> list[PhaseOutcome]:
    return list(run.operation(operation, phases=task.phases, seed=task.seed))


def _stateful(run: EngineRun, task: TrafficTask, setup: ShardSetup) -> list[PhaseOutcome]:
    """Run the stateful phase and give its counts by operation, and one entry more where it did not come to its end."""
    labels = {operation.label: operation.name for operation in setup.operations}
    before = run.sent.copy()
    whole = run.stateful(frozenset(labels), seed=task.seed)
    counts = {label: count for (label, phase), count in (run.sent - before).items() if phase == STATEFUL}
    outcomes = [
        PhaseOutcome(operation=labels[label], phase=STATEFUL, requested=count, sent=count, is_complete=True)
        for label, count in counts.items()
    ]
    return [*outcomes, replace(whole, requested=whole.requested - whole.sent, sent=0)]


def _with_stop_reason(outcome: PhaseOutcome, stop_reason: str | None) -> PhaseOutcome:
    if outcome.is_complete or stop_reason is None:
        return outcome
    return replace(outcome, reason=stop_reason)


def _with_plain_spaces(url: str) -> str:
    """Write the spaces of a query as ``%20``: signed as ``+``, as forms have them, they do not fit AWS's own reading.

    See: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
    """
    path, mark, query = url.partition("?")
    return path + mark + query.replace("+", "%20")


def _signature(keys: AwsKeys) -> requests.auth.AuthBase:
    import requests

    class Signature(requests.auth.AuthBase):
        def __call__(self, prepared: requests.PreparedRequest) -> requests.PreparedRequest:
            body = prepared.body or b""
            prepared.url = _with_plain_spaces(prepared.url or "")
            prepared.headers.update(
                sigv4_headers(
                    keys,
                    http_method=prepared.method or "GET",
                    url=prepared.url,
                    body=body.encode() if isinstance(body, str) else bytes(body),
                    content_type=prepared.headers.get("Content-Type"),
                )
            )
            return prepared

    return Signature()
