"""The Schemathesis engine as a library: everything here that is not its public API is used in this file alone.

Pinned to 4.32.5; ``tests/probes/test_schemathesis_engine.py`` holds what is relied on. One engine run sends the phases
of one operation (or the stateful phase of all) from one thread: on CPython 3.11 Hypothesis loses examples in several
threads without a word (python/cpython#106905), so parallel work is done by processes.

What is *requested* is counted apart from what is sent: the cases that the examples and coverage generators made, and
for fuzzing what Hypothesis's own statistics say, against the number it was asked for. The engine reports success where
Hypothesis gave up (a strategy that depends on earlier answers is "flaky"), so its word is never taken; such strategies
are switched off, and fuzzing that still gave up is begun again for the examples that are owed.
"""

from __future__ import annotations

import contextlib
import copy
import logging
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
from schemathesis.engine import Status, events, from_schema
from schemathesis.engine.run import probes as engine_probes
from schemathesis.generation import GenerationMode
from schemathesis.transport.requests import REQUESTS_TRANSPORT

from gateway.errors import StageproofError
from probes.authorities import given_authorities
from probes.exchange_recorder import SentCase, new_trace_id
from probes.hypothesis_internals import quieten_hypothesis
from probes.traffic_document import TrafficOperation
from probes.traffic_phases import FUZZING, STATEFUL, EngineSettings, PhaseOutcome

if TYPE_CHECKING:
    from schemathesis.engine.core import EventStream
    from schemathesis.generation.case import Case
    from schemathesis.schemas import BaseSchema

logger = logging.getLogger(__name__)

CHECK_NAME = "stageproof_answered"
NO_ANSWER_STATUS = 599
_UNDECLARED_METHODS = {"get", "post", "put", "patch", "delete"}
NOTHING_LEFT = "nothing left to do"
STOPPED = "stopped before its end"
FUZZING_ATTEMPTS = 3


class EngineError(StageproofError):
    """Schemathesis cannot work with this contract."""

    slug = "traffic"


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
        EngineError: If Schemathesis cannot read the document.
    """
    quieten_hypothesis()
    engine_probes.PROBES = ()  # type: ignore[assignment]  # they would send two requests that no recording knows of
    try:
        own = copy.deepcopy(dict(document))  # Schemathesis writes into it
        schema = schemathesis.openapi.from_dict(own, config=schemathesis.Config())
    except schemathesis.errors.LoaderError as error:
        raise EngineError(f"Schemathesis cannot read the contract: {_one_line(error)}") from error
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
    phases = schema.config.phases
    for phase in (phases.examples, phases.coverage, phases.fuzzing):
        phase.extra_data_sources.responses = False  # values of earlier answers make strategies flaky, examples get lost
    phases.fuzzing.error_feedback.is_enabled = False
    return schema


@contextlib.contextmanager
def recorded_transport(recorder: Recorder) -> Iterator[None]:
    """Route every request of the engine through a recorder.

    A request that gets no answer is recorded and answered with a stand-in (599), so that one lost connection does not
    silently end an operation's phase.
    """
    original = REQUESTS_TRANSPORT.send
    authorities = given_authorities()

    def send(case: Case[Any], *, session: requests.Session | None = None, **kwargs: Any) -> Response:
        recorder.pace()
        trace_id = new_trace_id()
        trace_header = {"X-Amzn-Trace-Id": f"Root={trace_id};Sampled=1"}
        added = {**(kwargs.pop("headers", None) or {}), **recorder.headers(case), **trace_header}
        if (signature := recorder.signature(case)) is not None:
            kwargs["auth"] = signature
        if session is not None and session.trust_env:
            _read_environment_once(session, case.operation.base_url or "")
        if authorities is not None:
            kwargs["verify"] = authorities
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
    """What the generators of one engine run made, by label and phase; and Hypothesis's statistics of the last test."""

    generated: Counter[tuple[str, str]] = field(default_factory=Counter)
    stopped_because: str | None = None
    valid_examples: int = 0

    def note_statistics(self, statistics: Mapping[str, Any]) -> None:
        """Keep what Hypothesis says of the test function that just ended."""
        self.stopped_because = statistics.get("stopped-because")
        phases = [value for name, value in statistics.items() if name.endswith("-phase")]
        self.valid_examples = sum(
            1 for phase in phases for test_case in phase["test-cases"] if test_case["status"] == "valid"
        )

    def shortfall(self, max_examples: int) -> str | None:
        """Say why a test gave up before it had run all the examples that were asked for or exist; None if it did not.

        A test within the test (Schemathesis makes single values so) tells statistics too, with ``max_examples=1``.
        """
        if self.stopped_because is None:
            return "Hypothesis ended without statistics"
        if self.stopped_because in {f"settings.max_examples={max_examples}", NOTHING_LEFT}:
            return None
        return f"Hypothesis gave up: {self.stopped_because}"


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
        """Run the unit phases (examples, coverage, fuzzing) of one operation; yield an outcome a phase."""
        chosen = self.schema.include(method=operation.http_method, path=operation.document_path)
        tries_undeclared = operation.is_first_of_path and self.settings.destructive_traffic
        chosen.config.phases.coverage.unexpected_methods = set(_UNDECLARED_METHODS) if tries_undeclared else set()
        enumerated = tuple(phase for phase in phases if phase != FUZZING)
        if enumerated:
            yield from self._enumerated(chosen, operation, enumerated, seed)
        if FUZZING in phases:
            yield self._fuzzed(chosen, operation, seed)

    def stateful(self, labels: frozenset[str], *, seed: int) -> PhaseOutcome:
        """Run the stateful phase over the operations of these labels.

        It asks for scenarios, and for steps only as it draws them: ``requested`` exceeds ``sent`` by one where fewer
        scenarios came than were asked for.
        """
        chosen = self.schema.include(lambda context: context.operation.label in labels)
        counts, errors = GenerationCounts(), list[str]()
        ended = self._run(chosen, (STATEFUL,), seed, counts, errors)
        reason = _joined(errors)
        if not self.may_go_on():
            reason = reason or STOPPED
        elif ended and reason is None:
            reason = counts.shortfall(self.settings.max_examples)
        sent = sum(count for (_, phase), count in self.sent.items() if phase == STATEFUL)
        requested = sent if reason is None else sent + 1
        return PhaseOutcome(
            operation=STATEFUL,
            phase=STATEFUL,
            requested=requested,
            sent=sent,
            is_complete=reason is None,
            reason=reason,
        )

    def _enumerated(
        self, schema: BaseSchema, operation: TrafficOperation, phases: tuple[str, ...], seed: int
    ) -> Iterator[PhaseOutcome]:
        counts, errors = GenerationCounts(), list[str]()
        ended = self._run(schema, phases, seed, counts, errors)
        for phase in phases:
            sent = self.sent[operation.label, phase]
            reason = None if phase in ended else STOPPED
            requested = max(counts.generated[operation.label, phase], sent if reason is None else sent + 1)
            if requested > sent:
                reason = reason or _joined(errors) or "fewer were sent than generated"
            yield _outcome(operation, phase, requested=requested, sent=sent, reason=reason)

    def _fuzzed(self, schema: BaseSchema, operation: TrafficOperation, seed: int) -> PhaseOutcome:
        """Fuzz until all examples asked for were sent or none are left; begin again where Hypothesis gave up."""
        before = self.sent[operation.label, FUZZING]
        owed = self.settings.max_examples
        reason: str | None = None
        for attempt in range(FUZZING_ATTEMPTS):
            counts, errors = GenerationCounts(), list[str]()
            schema.config.generation.update(max_examples=owed)
            ended = self._run(schema, (FUZZING,), seed + attempt, counts, errors)
            sent = self.sent[operation.label, FUZZING] - before
            reason = _joined(errors) or (counts.shortfall(owed) if ended else STOPPED)
            owed = self.settings.max_examples - sent
            if reason is None or owed <= 0 or not self.may_go_on():
                break
            logger.info("fuzzing begins again", extra={"operation": operation.name, "reason": reason})
        schema.config.generation.update(max_examples=self.settings.max_examples)
        if owed <= 0 and self.may_go_on():
            reason = None
        requested = sent if reason is None else max(self.settings.max_examples, sent + 1)
        return _outcome(operation, FUZZING, requested=requested, sent=sent, reason=reason)

    def _run(
        self, schema: BaseSchema, phases: tuple[str, ...], seed: int, counts: GenerationCounts, errors: list[str]
    ) -> set[str]:
        """Run phases of the chosen operations to their end; returns the phases of which a scenario ended."""
        schema.config.seed = seed
        schema.config.phases.update(phases=list(phases))
        ended: set[str] = set()
        for event in self._events(schema, counts):
            if isinstance(event, events.NonFatalError):
                errors.append(_one_line(event.value))
            elif isinstance(event, events.FatalError):
                errors.append(_one_line(event.exception))
            elif isinstance(event, events.ScenarioFinished) and event.status is not Status.INTERRUPTED:
                ended.add(event.phase.value)
        return ended

    def _events(self, schema: BaseSchema, counts: GenerationCounts) -> Iterator[events.EngineEvent]:
        with _hooks(schema, counts, self.may_go_on) as streams:
            stream = from_schema(schema).execute()
            streams.append(stream)
            yield from stream


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


def _outcome(operation: TrafficOperation, phase: str, *, requested: int, sent: int, reason: str | None) -> PhaseOutcome:
    return PhaseOutcome(
        operation=operation.name,
        phase=phase,
        requested=requested,
        sent=sent,
        is_complete=requested == sent and reason is None,
        reason=reason,
    )


def _joined(errors: list[str]) -> str | None:
    return "; ".join(dict.fromkeys(errors)) or None


def _read_environment_once(session: requests.Session, url: str) -> None:
    """Give a session its proxies, which requests would look for in the environment twice a request.

    Credentials of ``.netrc`` are no longer added: what a request carries is the case's and the user's file's alone.
    """
    session.proxies = requests.utils.get_environ_proxies(url)
    session.trust_env = False


def _stand_in(request: requests.PreparedRequest, elapsed_s: float) -> Response:
    return Response(
        status_code=NO_ANSWER_STATUS, headers={}, content=b"", request=request, elapsed=elapsed_s, verify=True
    )


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
