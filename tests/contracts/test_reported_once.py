"""A fault is reported once, at its cause: what follows from it is told there."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.catalogue import CATALOGUE
from contracts.judge import judge_run
from contracts.verdict import Outcome
from tests.contracts.rule_cases import run_of

_NEW = {"get": {"responses": {"200": {"description": "ok"}}, "x-amazon-apigateway-integration": {"type": "mock"}}}
_CHANGED = {"get": {"x-amazon-apigateway-integration": {"timeoutInMillis": 5000}}}
_ASKED = {
    "Origin": "https://app.example.com",
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "content-type",
}

CASES: tuple[tuple[str, dict[str, Any], str, str], ...] = (
    (
        "an operation that was added and not deployed is not deployed",
        {"deployed": {"paths": {"/picture": None}}, "current": {"paths": {"/picture": _NEW}}},
        "RT002",
        "DP001",
    ),
    (
        "a change that a canary tries out waits for its promotion",
        {"stage": {"canary": 10.0}, "current": {"paths": {"/things/{thingId}": _CHANGED}}},
        "DP003",
        "DP001",
    ),
    (
        "a preflight that ends in a server error is not answered",
        {"exchanges": [{"request": "OPTIONS /things", "origin": "preflight", "status": 500, "headers": _ASKED}]},
        "CO002",
        "ER004",
    ),
)


@pytest.mark.parametrize(("case", "cause", "consequence"), [one[1:] for one in CASES], ids=[one[0] for one in CASES])
def test_a_fault_is_reported_once(case: dict[str, Any], cause: str, consequence: str) -> None:
    verdicts = judge_run(run_of(case), CATALOGUE).verdicts
    assert cause in {one.rule for one in verdicts if one.outcome is Outcome.BROKEN}
    explained = [one for one in verdicts if one.rule == consequence and one.message.startswith(f"explained by {cause}")]
    assert explained
    assert not [one for one in verdicts if one.rule == consequence and one.outcome is Outcome.BROKEN]
