"""The Schemathesis engine as a library: everything here that is not its public API is used in this file alone.

Pinned to 4.32.5; ``tests/probes/test_schemathesis_engine.py`` holds what is relied on. One engine run sends the phases
of one operation (or the stateful phase of all) from one thread: on CPython 3.11 Hypothesis loses examples in several
threads without a word (python/cpython#106905), so parallel work is done by processes.

What is *requested* is counted apart from what is sent: the cases that the examples and coverage generators made, and
for fuzzing what Hypothesis's own statistics say, against the number it was asked for.
"""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

import requests
import schemathesis
from hypothesis import statistics as hypothesis_statistics
from schemathesis.core.transport import Response
from schemathesis.engine import events, from_schema
from schemathesis.engine.run import probes as engine_probes
from schemathesis.generation import GenerationMode
from schemathesis.transport.requests import REQUESTS_TRANSPORT

from probes.exchange_recorder import SentCase, new_trace_id
from probes.traffic_document import TrafficOperation
from probes.traffic_phases import STATEFUL, EngineSettings, PhaseOutcome

if TYPE_CHECKING:
    from schemathesis.engine.core import EventStream
    from schemathesis.generation.case import Case
    from schemathesis.schemas import BaseSchema

CHECK_NAME = "stageproof_answered"
NO_ANSWER_STATUS = 599
_UNDECLARED_METHODS = {"get", "post", "put", "patch", "delete"}
_COMPLETE_REASONS = ("settings.max_examples=", "nothing left to do")


class Recorder(Protocol):
    """What stands between the engine and the network."""

    def pace(self) -> None:
        """Wait until the next request may go out."""

    def headers(self, case: Case[Any]) -> Mapping[str, str]:
        """Return the headers to add to a case; they stand above the case's own."""

    def signature(self, case: Case[Any]) -> requests.auth.AuthBase | None:
        """Return what signs the prepared request, or None."""

    def record(self, sent: SentCase) -> None:
        """Keep a sent case."""


@schemathesis.check
def stageproof_answered(ctx: object, response: object, case: object) -> None:
    """Accept every answer: Stageproof's own rules judge, later. The engine wants one check at least."""


def load_schema(document: Mapping[str, Any], settings: EngineSettings) -> BaseSchema:
    """Load a document and configure it for recording: no database, no shrinking, no retries, no redirects followed.

    Raises:
        schemathesis.errors.LoaderError: If Schemathesis cannot read the document.
    """
    engine_probes.PROBES = ()  # type: ignore[assignment]  # they would send two requests that no recording knows of
    schema = schemathesis.openapi.from_dict(dict(document), config=schemathesis.Config())
    schema.config.update(
        base_url=settings.base_url,
        workers=1,
        continue_on_failure=True,
        max_redirects=0,
        request_timeout=settings.request_timeout_s,
        request_retries=0,
    )
    schema.config.generation.update(
        modes=[GenerationMode(mode) for mode in settings.modes],
        max_examples=settings.max_examples,
        database="none",
        no_shrink=True,
        with_security_parameters=False,
        exclude_header_characters="".join(chr(code) for code in [*range(0x20), 0x7F]),
    )
    schema.config.checks.update(included_check_names=[CHECK_NAME])
    return schema


@contextlib.contextmanager
def recorded_transport(recorder: Recorder) -> Iterator[None]:
    """Route every request of the engine through a recorder.

    A request that gets no answer is recorded and answered with a stand-in (599), so that one lost connection does not
    silently end an operation's phase.
    """
    original = REQUESTS_TRANSPORT.send

    def send(case: Case[Any], *, session: requests.Session | None = None, **kwargs: Any) -> Response:
        recorder.pace()
        trace_id = new_trace_id()
        trace_header = {"X-Amzn-Trace-Id": f"Root={trace_id};Sampled=1"}
        added = {**(kwargs.pop("headers", None) or {}), **recorder.headers(case), **trace_header}
        if (signature := recorder.signature(case)) is not None:
            kwargs["auth"] = signature
        sent = partial(SentCase, case=case, trace_id=trace_id, started_at_s=time.time())
        started = time.perf_counter()
        try:
            response = original(case, session=session, headers=added, **kwargs)
        except requests.RequestException as error:
            if not isinstance(error.request, requests.PreparedRequest):
                raise
            elapsed_s = time.perf_counter() - started
            words = f"{type(error).__name__}: {_one_line(error)}"
            recorder.record(sent(request=error.request, response=None, error=words, elapsed_s=elapsed_s))
            return _stand_in(error.request, elapsed_s)
        recorder.record(sent(request=response.request, response=response, error=None, elapsed_s=response.elapsed))
        return response

    REQUESTS_TRANSPORT.send = send  # type: ignore[method-assign]  # the engine offers no other place
    try:
        yield
    finally:
        del REQUESTS_TRANSPORT.send


@dataclass(slots=True)
class GenerationCounts:
    """What the generators of one engine run made, by label and phase; and Hypothesis's statistics of fuzzing."""

    generated: Counter[tuple[str, str]] = field(default_factory=Counter)
    stopped_because: str | None = None
    valid_examples: int = 0

    def note_statistics(self, statistics: Mapping[str, Any]) -> None:
        """Keep what Hypothesis says of the test function that just ended."""
        self.stopped_because = statistics.get("stopped-because", "Hypothesis did not say why it stopped")
        phases = [value for name, value in statistics.items() if name.endswith("-phase")]
        self.valid_examples = sum(
            1 for phase in phases for test_case in phase["test-cases"] if test_case["status"] == "valid"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineRun:
    """One loaded schema, ready to run operation after operation.

    ``sent`` counts by label and phase what the recorder was given; ``may_go_on`` is asked before each request, and
    False stops the engine.
    """

    schema: BaseSchema
    settings: EngineSettings
    sent: Counter[tuple[str, str]]
    may_go_on: Callable[[], bool]

    def operation(self, operation: TrafficOperation, *, phases: tuple[str, ...], seed: int) -> Iterator[PhaseOutcome]:
        """Run the unit phases (examples, coverage, fuzzing) of one operation; yield an outcome as each ends."""
        chosen = self.schema.include(method=operation.http_method, path=operation.document_path)
        chosen.config.seed = seed
        chosen.config.phases.update(phases=list(phases))
        tries_undeclared = operation.is_first_of_path and self.settings.destructive_traffic
        chosen.config.phases.coverage.unexpected_methods = set(_UNDECLARED_METHODS) if tries_undeclared else set()
        counts, errors, ended = GenerationCounts(), list[str](), set[str]()
        for event in self._events(chosen, counts):
            if (error := _error(event)) is not None:
                errors.append(error)
            elif isinstance(event, events.ScenarioFinished):
                ended.add(event.phase.value)
                yield self._outcome(operation, event.phase.value, counts, is_ended=True, reason=_joined(errors))
                errors.clear()
        for phase in phases:
            if phase not in ended:
                reason = _joined(errors) or "stopped before its end"
                yield self._outcome(operation, phase, counts, is_ended=False, reason=reason)

    def stateful(self, labels: frozenset[str], *, seed: int) -> Iterator[PhaseOutcome]:
        """Run the stateful phase over the operations of these labels.

        What it asks for is what it draws on the way, so requested equals sent unless it was stopped. An outcome comes
        after each scenario; the last one has the reason why the phase did not come to its end, if it did not.
        """
        chosen = self.schema.include(lambda context: context.operation.label in labels)
        chosen.config.seed = seed
        chosen.config.phases.update(phases=["stateful"])
        errors: list[str] = []
        for event in self._events(chosen, GenerationCounts()):
            if (error := _error(event)) is not None:
                errors.append(error)
            elif isinstance(event, events.ScenarioFinished):
                yield self._stateful_outcome(None)
        if not self.may_go_on():
            errors.append("stopped before its end")
        yield self._stateful_outcome(_joined(errors))

    def _events(self, schema: BaseSchema, counts: GenerationCounts) -> Iterator[events.EngineEvent]:
        with _hooks(schema, counts, self.may_go_on) as streams:
            stream = from_schema(schema).execute()
            streams.append(stream)
            yield from stream

    def _outcome(
        self, operation: TrafficOperation, phase: str, counts: GenerationCounts, *, is_ended: bool, reason: str | None
    ) -> PhaseOutcome:
        sent = self.sent[operation.label, phase]
        requested, shortfall = counts.generated[operation.label, phase], "fewer were sent than generated"
        if phase == "fuzzing":
            requested, shortfall = _requested_of_fuzzing(counts, self.settings)
        requested = max(requested, sent if is_ended else sent + 1)
        return PhaseOutcome(
            operation=operation.name,
            phase=phase,
            requested=requested,
            sent=sent,
            is_complete=is_ended and requested == sent,
            reason=(reason or shortfall) if requested > sent else None,
        )

    def _stateful_outcome(self, reason: str | None) -> PhaseOutcome:
        sent = sum(count for (_, phase), count in self.sent.items() if phase == "stateful")
        return PhaseOutcome(
            operation=STATEFUL,
            phase=STATEFUL,
            requested=sent if reason is None else sent + 1,
            sent=sent,
            is_complete=reason is None,
            reason=reason,
        )


@contextlib.contextmanager
def _hooks(schema: BaseSchema, counts: GenerationCounts, may_go_on: Callable[[], bool]) -> Iterator[list[EventStream]]:
    """Count generated cases through hooks, and stop the engine between two requests when it may not go on."""
    streams: list[EventStream] = []

    def map_case(context: Any, case: Case[Any]) -> Case[Any]:
        # Hypothesis tells its statistics to a collector of the thread, and this runs in the engine's own thread.
        hypothesis_statistics.collector.value = counts.note_statistics  # type: ignore[assignment]  # its default is None
        if case.meta is not None:
            counts.generated[context.operation.label, case.meta.phase.name.value] += 1
        return case

    def before_add_examples(context: Any, examples: list[Case[Any]]) -> None:
        counts.generated[context.operation.label, "examples"] = len(examples)

    def before_call(context: Any, case: Case[Any], kwargs: dict[str, Any]) -> None:  # noqa: ARG001 - Schemathesis's names
        if not may_go_on():
            for stream in streams:
                stream.stop()

    schema.hooks.register_hook_with_name(map_case, "map_case")
    schema.hooks.register_hook_with_name(before_add_examples, "before_add_examples")
    schemathesis.hook(before_call)
    try:
        yield streams
    finally:
        schemathesis.hooks.unregister(before_call)
        schema.hooks.unregister(map_case)
        schema.hooks.unregister(before_add_examples)


def _requested_of_fuzzing(counts: GenerationCounts, settings: EngineSettings) -> tuple[int, str]:
    """Say how many examples fuzzing owed: all that exist where they ran out, else as many as it was asked for."""
    stopped = counts.stopped_because
    if stopped is None:
        return settings.max_examples, "the phase ended without Hypothesis's statistics"
    if stopped.startswith(_COMPLETE_REASONS) and "satisfied assumptions" not in stopped:
        return counts.valid_examples, "fewer were sent than Hypothesis counted"
    return settings.max_examples, f"Hypothesis stopped: {stopped}"


def _error(event: events.EngineEvent) -> str | None:
    if isinstance(event, events.NonFatalError):
        return _one_line(event.value)
    return _one_line(event.exception) if isinstance(event, events.FatalError) else None


def _joined(errors: list[str]) -> str | None:
    return "; ".join(dict.fromkeys(errors)) or None


def _stand_in(request: requests.PreparedRequest, elapsed_s: float) -> Response:
    return Response(
        status_code=NO_ANSWER_STATUS, headers={}, content=b"", request=request, elapsed=elapsed_s, verify=True
    )


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
