"""Parameters of rules, by data: a case of the rule's own, one parameter set, and the outcome that follows."""

from __future__ import annotations

import json
from typing import Any

import pytest

from contracts.catalogue import CATALOGUE
from contracts.expectation_checks import parameter_faults
from contracts.expectations import ExpectationsError, parse_expectations
from contracts.judge import judge_run
from contracts.rule import Rule
from contracts.rule_parameter import RuleParameter
from contracts.verdict import Outcome, Verdict
from tests.contracts.rule_cases import DATA, merge, run_of

RULES = {rule.code: rule for rule in CATALOGUE}
PARAMETERS = {f"{rule.code}.{parameter.name}": parameter for rule in CATALOGUE for parameter in rule.parameters}
CASES: dict[str, dict[str, Any]] = json.loads((DATA / "rule_parameters.json").read_text(encoding="utf-8"))
WEIGHT = (Outcome.BROKEN, Outcome.UNDETERMINED, Outcome.HELD, Outcome.NOT_APPLICABLE)


def _judged(rule: Rule, case: dict[str, Any]) -> Verdict:
    judged = judge_run(run_of(case), [rule])
    assert not judged.internal_errors, judged.internal_errors[0].details
    of_the_subject = [verdict for verdict in judged.verdicts if verdict.subject == case.get("subject")]
    return min(of_the_subject or judged.verdicts, key=lambda found: WEIGHT.index(found.outcome))


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_parameter_changes_what_its_rule_says(name: str) -> None:
    told = CASES[name]
    code, parameter = name.split(".")
    case = json.loads((DATA / "rules" / f"{code}.json").read_text(encoding="utf-8"))[told["case"]]
    changed = merge(case, {"expect": {"rules": {"parameters": {code: {parameter: told["value"]}}}}})
    verdict = _judged(RULES[code], changed)
    assert verdict.outcome.value == told["outcome"], verdict.message
    assert told.get("message", "") in verdict.message
    assert _judged(RULES[code], case).outcome is not verdict.outcome


def test_every_parameter_has_such_a_case() -> None:
    assert set(CASES) == set(PARAMETERS)


@pytest.mark.parametrize("name", sorted(PARAMETERS))
def test_a_parameter_belongs_to_its_rule_and_takes_its_own_default(name: str) -> None:
    parameter = PARAMETERS[name]
    assert name == f"{parameter.rule}.{parameter.name}"
    assert parameter.fault(parameter.default) is None
    assert parameter.meaning.endswith(".")


def test_names_of_one_rule_are_unique() -> None:
    assert len(PARAMETERS) == sum(len(rule.parameters) for rule in CATALOGUE)


FAULTS = {
    "a name that the rule does not have": (
        "[rules.parameters.LM003]\nlimit_byte = 1",
        (
            "rules.parameters.LM003.limit_byte: LM003 has no such parameter"
            '; did you mean "limit_bytes"?; it has: limit_bytes'
        ),
    ),
    "a rule without parameters": (
        "[rules.parameters.OB001]\nlevel = 'INFO'",
        "rules.parameters.OB001.level: OB001 has no parameters",
    ),
    "text for a number": (
        "[rules.parameters.LM003]\nlimit_bytes = '8k'",
        "rules.parameters.LM003.limit_bytes: must be a whole number, at least 1, at most 10,240",
    ),
    "a fraction for a whole number": (
        "[rules.parameters.AL007]\nshort_period_s = 1.5",
        "rules.parameters.AL007.short_period_s: must be a whole number, at least 1",
    ),
    "true for a number": (
        "[rules.parameters.OB006]\nshare = true",
        "rules.parameters.OB006.share: must be a number, at least 0, at most 1",
    ),
    "a number beyond its bounds": (
        "[rules.parameters.OB006]\nshare = 99",
        "rules.parameters.OB006.share: must be a number, at least 0, at most 1",
    ),
    "one text for a list": (
        "[rules.parameters.RT007]\nreserved_paths = '/ping'",
        "rules.parameters.RT007.reserved_paths: must be a list of texts in quotes",
    ),
    "a list with something else in it": (
        "[rules.parameters.AL001]\nuncounted_statuses = [413, '429']",
        "rules.parameters.AL001.uncounted_statuses: must be a list of whole numbers, at least 100, at most 599",
    ),
    "what is no regular expression": (
        "[rules.parameters.SE001]\nsecret_names = '(pass'",
        (
            "rules.parameters.SE001.secret_names: is no regular expression: "
            "missing ), unterminated subpattern at position 0"
        ),
    ),
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_wrong_parameter_is_one_line(case: str) -> None:
    text, message = FAULTS[case]
    assert list(parameter_faults(parse_expectations(text).rules, CATALOGUE)) == [message]


def test_what_is_right_is_silent() -> None:
    text = "[rules.parameters.OB006]\nshare = 1\n[rules.parameters.AL001]\nuncounted_statuses = []"
    assert list(parameter_faults(parse_expectations(text).rules, CATALOGUE)) == []


def test_a_run_with_a_wrong_parameter_is_not_judged() -> None:
    run = run_of({"expect": {"rules": {"parameters": {"OB006": {"share": "much"}}}}})
    with pytest.raises(ExpectationsError, match=r"rules\.parameters\.OB006\.share: must be a number"):
        judge_run(run, CATALOGUE)


def test_a_whole_number_stands_for_a_number() -> None:
    share = RuleParameter(rule="OB006", name="share", default=0.99, meaning="A share.")
    value = share.of(run_of({"expect": {"rules": {"parameters": {"OB006": {"share": 1}}}}}))
    assert (value, type(value)) == (1.0, float)
