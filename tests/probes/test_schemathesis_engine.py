"""What is relied on of Schemathesis and Hypothesis beyond their public API: a new version must pass this first."""

from __future__ import annotations

import importlib.metadata
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given, seed, settings, strategies
from hypothesis import statistics as hypothesis_statistics
from schemathesis.engine import Status, events
from schemathesis.engine.run import probes as engine_probes
from schemathesis.transport.requests import REQUESTS_TRANSPORT

from gateway.openapi import read
from probes import schemathesis_engine
from probes.exchange_recorder import SentCase, violations
from probes.schemathesis_engine import EngineError, EngineRun, GenerationCounts, load_schema, recorded_transport
from probes.traffic_document import TrafficOperation, traffic_document
from probes.traffic_phases import EngineSettings

PHASES = ("examples", "coverage", "fuzzing")


class Recorded:
    """A recorder without a recording."""

    def __init__(self) -> None:
        self.sent: list[SentCase] = []
        self.counts: Counter[tuple[str, str]] = Counter()

    def pace(self) -> None:
        pass

    def headers(self, case: Any) -> Mapping[str, str]:
        return {"X-Test": "1"}

    def signature(self, case: Any) -> None:
        return None

    def record(self, sent: SentCase) -> None:
        self.sent.append(sent)
        meta = sent.case.meta
        assert meta is not None
        self.counts[sent.case.operation.label, meta.phase.name.value] += 1


def engine_run(document: dict[str, Any], base_url: str, recorder: Recorded, **changes: Any) -> EngineRun:
    chosen: dict[str, Any] = {
        "base_url": base_url,
        "modes": ("positive", "negative"),
        "max_examples": 8,
        "request_timeout_s": 5.0,
        "destructive_traffic": True,
    }
    engine_settings = EngineSettings(**{**chosen, **changes})
    schema = load_schema(document, engine_settings)
    return EngineRun(schema=schema, settings=engine_settings, sent=recorder.counts, may_go_on=lambda: True)


@pytest.fixture
def operations(users_contract: dict[str, Any]) -> tuple[TrafficOperation, ...]:
    rest_api = read(users_contract).rest_api
    return traffic_document(users_contract, rest_api, destructive_traffic=True).operations


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    probes = engine_probes.PROBES
    yield
    engine_probes.PROBES = probes


def test_the_version_is_the_one_that_was_examined() -> None:
    assert importlib.metadata.version("schemathesis") == "4.32.5"


def test_the_engine_sends_only_what_is_recorded(
    users_contract: dict[str, Any], operations: tuple[TrafficOperation, ...], echo_stage: Any
) -> None:
    recorder = Recorded()
    run = engine_run(users_contract, echo_stage.base_url, recorder)
    with recorded_transport(recorder):
        outcomes = [each for operation in operations for each in run.operation(operation, phases=PHASES, seed=1)]
    assert len(echo_stage.arrived) == len(recorder.sent)
    assert all(headers["x-test"] == "1" for _, _, headers, _ in echo_stage.arrived)
    assert [outcome for outcome in outcomes if not outcome.is_complete] == []
    assert {(outcome.operation, outcome.phase) for outcome in outcomes} == {
        (operation.name, phase) for operation in operations for phase in PHASES
    }
    fuzzed = {outcome.operation: outcome.requested for outcome in outcomes if outcome.phase == "fuzzing"}
    assert fuzzed == {"GET /users": 8, "POST /users": 8, "DELETE /users/{userId}": 8}
    assert "send" not in vars(REQUESTS_TRANSPORT)


def test_coverage_and_metadata_still_name_what_is_violated(
    users_contract: dict[str, Any], operations: tuple[TrafficOperation, ...], echo_stage: Any
) -> None:
    recorder = Recorded()
    run = engine_run(users_contract, echo_stage.base_url, recorder)
    with recorded_transport(recorder):
        for operation in operations:
            list(run.operation(operation, phases=("coverage", "fuzzing"), seed=1))
    violated = {name for sent in recorder.sent for name in violations(sent.case)}
    assert {"body", "query:limit", "path:userId", "content-type", "method"} <= violated


def test_the_stateful_phase_runs_over_links(users_contract: dict[str, Any], echo_stage: Any) -> None:
    recorder = Recorded()
    labels = frozenset({"POST /users", "GET /users", "DELETE /users/{userId}"})
    run = engine_run(users_contract, echo_stage.base_url, recorder)
    with recorded_transport(recorder):
        outcome = run.stateful(labels, seed=1)
    assert outcome.is_complete, outcome.reason
    assert outcome.sent == len(recorder.sent) == len(echo_stage.arrived) > 8


def test_fuzzing_that_was_stopped_owes_its_examples(
    users_contract: dict[str, Any], operations: tuple[TrafficOperation, ...], echo_stage: Any
) -> None:
    recorder = Recorded()
    base = engine_run(users_contract, echo_stage.base_url, recorder)
    run = EngineRun(
        schema=base.schema, settings=base.settings, sent=recorder.counts, may_go_on=lambda: len(recorder.sent) < 3
    )
    with recorded_transport(recorder):
        (outcome,) = run.operation(operations[0], phases=("fuzzing",), seed=1)
    assert not outcome.is_complete
    assert outcome.requested == 8
    assert outcome.sent == len(recorder.sent) < 8
    assert outcome.reason == "stopped before its end"


def test_fuzzing_in_which_hypothesis_gave_up_begins_again(
    users_contract: dict[str, Any],
    operations: tuple[TrafficOperation, ...],
    echo_stage: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    recorder = Recorded()
    run = engine_run(users_contract, echo_stage.base_url, recorder)
    real = run.schema.hooks
    failures = [RuntimeError("ast.parse in a thread"), RuntimeError("again")]

    def give_up_sometimes(context: Any, case: Any) -> bool:
        if failures and len(recorder.sent) in {3, 5}:
            raise failures.pop()
        return True

    real.register_hook_with_name(give_up_sometimes, "filter_case")
    with recorded_transport(recorder):
        (outcome,) = run.operation(operations[0], phases=("fuzzing",), seed=1)
    assert failures == []
    assert outcome.sent >= 8
    assert outcome.is_complete, outcome.reason


def test_an_engine_that_always_gives_up_is_told(
    users_contract: dict[str, Any], operations: tuple[TrafficOperation, ...], echo_stage: Any
) -> None:
    recorder = Recorded()
    run = engine_run(users_contract, echo_stage.base_url, recorder)

    def give_up(context: Any, case: Any) -> bool:
        if len(recorder.sent) >= 2:
            raise RuntimeError("ast.parse in a thread")
        return True

    run.schema.hooks.register_hook_with_name(give_up, "filter_case")
    with recorded_transport(recorder):
        (outcome,) = run.operation(operations[0], phases=("fuzzing",), seed=1)
    assert (outcome.requested, outcome.sent, outcome.is_complete) == (8, 2, False)
    assert outcome.reason


@pytest.mark.parametrize(
    ("stopped_because", "is_complete"),
    [
        ("settings.max_examples=8", True),
        ("nothing left to do", True),
        ("settings.max_examples=1", False),
        ("settings.max_examples=8, but < 1% of test cases satisfied assumptions", False),
        ("test was flaky", False),
        (None, False),
    ],
)
def test_only_hypothesis_own_words_make_fuzzing_complete(stopped_because: str | None, is_complete: bool) -> None:
    counts = GenerationCounts(stopped_because=stopped_because)
    assert (counts.shortfall(8) is None) is is_complete


def test_hypothesis_still_words_its_statistics_so() -> None:
    counts = GenerationCounts()

    @seed(0)
    @settings(max_examples=8, database=None)
    @given(strategies.integers())
    def many(number: int) -> None:
        pass

    @seed(0)
    @settings(max_examples=8, database=None)
    @given(strategies.booleans())
    def few(flag: bool) -> None:
        pass

    collector: Any = hypothesis_statistics.collector
    with collector.with_value(counts.note_statistics):
        many()
        assert counts.stopped_because == "settings.max_examples=8"
        assert counts.valid_examples == 8
        few()
        assert counts.stopped_because == schemathesis_engine.NOTHING_LEFT
        assert counts.valid_examples == 2


def test_the_events_that_are_read_are_there() -> None:
    assert {"status", "phase", "recorder", "label"} <= set(events.ScenarioFinished.__slots__)
    assert {"value", "label"} <= set(events.NonFatalError.__slots__)
    assert {"exception"} <= set(events.FatalError.__slots__)
    assert Status.INTERRUPTED


def test_a_document_that_is_none_is_one_line() -> None:
    with pytest.raises(EngineError, match=r"^Schemathesis cannot read the contract: [^\n]+$"):
        engine_run({"info": {}}, "http://127.0.0.1", Recorded())
