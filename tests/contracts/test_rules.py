"""Rules, tested by data: one file of cases a rule, each with a sentence, what was observed, and the outcome."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from contracts.catalogue import CATALOGUE
from contracts.judge import judge_run
from contracts.rule import TOPICS
from contracts.verdict import Outcome
from tests.contracts.rule_cases import DATA, run_of

RULES = {rule.code: rule for rule in CATALOGUE}
WEIGHT = (Outcome.BROKEN, Outcome.UNDETERMINED, Outcome.HELD, Outcome.NOT_APPLICABLE)
NEVER_UNDETERMINED = {
    "CO001", "CO003", "CO004", "CO005", "CO008", "CO009", "CO011", "MQ003", "MQ007", "MQ008", "MS001", "MS002", "MS003",
    "MS004", "GR002", "GR003", "ER003", "ER004", "AL002", "BN001", "SE002", "OB007", "DP004", "CO012",
    "GR004", "LM003", "MQ011", "MS006", "MS007", "MS008",
}  # fmt: skip
"""Rules that stand on the exchange or the expectations alone, which are always there."""


def _cases(path: Path) -> dict[str, Any]:
    cases: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return cases


def _all_cases() -> list[Any]:
    return [
        pytest.param(path.stem, case, id=f"{path.stem}: {sentence}")
        for path in sorted((DATA / "rules").glob("*.json"))
        for sentence, case in _cases(path).items()
    ]


@pytest.mark.parametrize(("code", "case"), _all_cases())
def test_case(code: str, case: dict[str, Any]) -> None:
    judged = judge_run(run_of(case), [RULES[code]])
    assert not judged.internal_errors, judged.internal_errors[0].details
    verdicts = {verdict.subject: verdict for verdict in judged.verdicts}
    if "subject" in case:
        verdict = verdicts[case["subject"]]
    else:
        verdict = min(verdicts.values(), key=lambda found: WEIGHT.index(found.outcome))
    assert verdict.outcome.value == case["outcome"], verdict.message
    assert case.get("message", "") in verdict.message
    if verdict.outcome is Outcome.BROKEN:
        assert bool(verdict.evidence) == bool(verdict.answered_by) == bool(verdict.operations)


@pytest.mark.parametrize("code", sorted(RULES))
def test_every_rule_has_cases_that_hold_break_and_are_undetermined(code: str) -> None:
    outcomes = {case["outcome"] for case in _cases(DATA / "rules" / f"{code}.json").values()}
    wanted = {"held", "broken"} | (set() if code in NEVER_UNDETERMINED else {"undetermined"})
    assert wanted <= outcomes


@pytest.mark.parametrize("code", sorted(NEVER_UNDETERMINED))
def test_rules_said_to_be_never_undetermined_have_no_way_to_be(code: str) -> None:
    module = next(Path(DATA.parent.parent, "contracts", "rules").rglob(f"{code.lower()}_*.py"))
    assert "undetermined(" not in module.read_text(encoding="utf-8")


def test_codes_are_unique_and_of_a_known_topic() -> None:
    assert len(RULES) == len(CATALOGUE)
    assert {rule.topic for rule in CATALOGUE} == set(TOPICS)


def test_every_rule_has_a_source_and_names_known_failure_modes_and_causes() -> None:
    modes = {
        mode["id"] for mode in json.loads((DATA.parent.parent / "docs" / "failure_modes.json").read_text())["modes"]
    }
    for rule in CATALOGUE:
        assert rule.source_url.startswith("https://"), rule.code
        assert set(rule.failure_modes) <= modes, rule.code
        assert set(rule.explained_by) <= set(RULES), rule.code


def test_every_rule_file_is_in_the_catalogue() -> None:
    files = {
        path.name[:5].upper() for path in (DATA.parent.parent / "contracts" / "rules").rglob("[a-z][a-z][0-9]*.py")
    }
    assert files == set(RULES)
