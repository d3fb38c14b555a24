"""The fault matrix: a healthy API, one planted fault, a small night, and the right rule broken at the right step.

Run it by ``tox -e faults`` or ``pytest -m faults -n 2``. Each process has one sandbox and deploys the API anew for each
fault.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from contracts.judgement import Judgement, judge
from contracts.recording import Recording
from probes.night import observe
from sandbox.faults import catalogue
from sandbox.faults.fault import Fault
from stageproof.demonstration import Demonstration, ExampleSandbox, example_sandbox
from stageproof.target import with_settings

pytestmark = pytest.mark.faults

_DEADLINE = "10s"
"""How long to wait for telemetry: the sandbox has written all of it, so what is not there never comes."""


@pytest.fixture(scope="module")
def prepared() -> Iterator[ExampleSandbox]:
    with example_sandbox() as running:
        yield running


_PATIENT = {"latency": {"p90_ms": 60_000, "p99_ms": 60_000}}
"""For faults that are not slow: how fast a busy machine answers is no finding about them."""


def _night(
    demonstrated: Demonstration, operations: tuple[str, ...], directory: Path, settings: Mapping[str, Any] | None = None
) -> Judgement:
    budget = {"seed": 1, "max_examples": 8, "workers": 1, "operations": list(operations)}
    plan = demonstrated.night_plan(directory, budget)
    changed = {"collection": {"deadline": _DEADLINE}, **(settings or {})}
    expectations = with_settings(plan.expectations, changed, source="the matrix")
    plan = replace(plan, expectations=expectations)
    return judge(Recording.open(observe(plan)), today=datetime.now(UTC).date())


@pytest.mark.parametrize("fault", catalogue.ALL_FAULTS, ids=lambda fault: fault.fault_id)
def test_fault_is_found_at_its_step_and_nothing_else_is_blamed(
    fault: Fault, prepared: ExampleSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "sandbox")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "sandbox")
    demonstrated = prepared.deploy([fault])
    try:
        settings = {} if fault.rule == "AL002" or "AL002" in fault.consequences else _PATIENT
        judgement = _night(demonstrated, fault.shown_by, tmp_path / "recording", settings)
    finally:
        demonstrated.remove()
    broken = {(verdict.rule, verdict.subject, verdict.step.value) for verdict in judgement.broken}
    assert (fault.rule, fault.subject, fault.step) in broken
    topics = {fault.rule[:2], *(code[:2] for code in fault.consequences)}
    assert {rule for rule, _, _ in broken if rule[:2] not in topics} == set()
    assert judgement.internal_errors == ()


def test_the_healthy_api_breaks_nothing(
    prepared: ExampleSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "sandbox")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "sandbox")
    demonstrated = prepared.deploy()
    judgement = _night(demonstrated, (), tmp_path / "recording")
    demonstrated.remove()
    assert [(verdict.rule, verdict.subject, verdict.message) for verdict in judgement.broken] == []
    assert judgement.summary["undetermined"] == 0


def test_fault_ids_are_unique() -> None:
    ids = [fault.fault_id for fault in catalogue.ALL_FAULTS]
    assert len(ids) == len(set(ids))
