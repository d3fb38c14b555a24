"""Stages with a cache that is set as it should be: the twins of the caching faults, which must break nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from contracts.judgement import Judgement, judge
from contracts.recording import Recording
from probes.night import observe
from sandbox.faults import cache_key_lacks_caller, cache_key_lacks_query
from sandbox.faults.contract_parts import add_parameter, integration
from sandbox.faults.fault import Fault
from stageproof.demonstration import ExampleSandbox, example_sandbox
from stageproof.target import with_settings

_CALLER = "method.request.header.Authorization"
_TEXT = {"type": "string"}
pytestmark = pytest.mark.faults


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """A fault, and the cache key with which it is none."""

    fault: Fault
    key: tuple[str, ...]

    @property
    def mended(self) -> Fault:
        def write_contract(document: dict[str, Any]) -> None:
            assert self.fault.write_contract is not None
            self.fault.write_contract(document)
            if _CALLER in self.key:
                add_parameter(document, "GET", "/users", **{"name": "Authorization", "in": "header", "schema": _TEXT})
            integration(document, "GET", "/users")["cacheKeyParameters"] = list(self.key)

        return replace(self.fault, write_contract=write_contract)


TWINS = (
    Twin(fault=cache_key_lacks_query.FAULT, key=cache_key_lacks_caller.KEY),
    Twin(fault=cache_key_lacks_caller.FAULT, key=(*cache_key_lacks_caller.KEY, _CALLER)),
)


def _night(prepared: ExampleSandbox, fault: Fault, directory: Path) -> Judgement:
    demonstrated = prepared.deploy([fault])
    traffic = {"seed": 1, "max_examples": 8, "workers": 1, "operations": list(fault.shown_by)}
    plan = demonstrated.night_plan(directory, traffic)
    expectations = with_settings(plan.expectations, {"collection": {"deadline": "10s"}}, source="the twins")
    try:
        recording = Recording.open(observe(replace(plan, expectations=expectations)))
        return judge(recording, today=datetime.now(UTC).date())
    finally:
        demonstrated.remove()


def test_what_the_cache_answers_tells_a_right_key_from_a_wrong_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "sandbox")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "sandbox")
    with example_sandbox() as prepared:
        for number, twin in enumerate(TWINS):
            faulty = _night(prepared, twin.fault, tmp_path / f"faulty-{number}")
            found = next(one for one in faulty.broken if (one.rule, one.subject) == ("CA001", "GET /users"))
            assert "was answered from the cache with the body of another" in found.message
            assert found.evidence
            assert found.reached_backend is False
            mended = _night(prepared, twin.mended, tmp_path / f"mended-{number}")
            assert [(one.rule, one.subject, one.message) for one in mended.broken] == []
            held = next(one for one in mended.verdicts if (one.rule, one.subject) == ("CA001", "GET /users"))
            assert held.message.startswith("observed: ")
