"""Names of the user's file that nothing answers to."""

from __future__ import annotations

import pytest

from contracts.catalogue import CATALOGUE
from contracts.contract import contract_of
from contracts.expectation_checks import check_expectations
from contracts.expectations import ExpectationsError, parse_expectations

CONTRACT = contract_of(
    {
        "openapi": "3.0.1",
        "info": {"title": "t", "version": "1"},
        "paths": {"/users": {"get": {}, "post": {}}, "/health": {"get": {}}},
        "components": {"schemas": {"Error": {}, "User": {}}},
    },
    source="openapi.yaml",
)
RULES = tuple(rule for rule in CATALOGUE if rule.code in {"CO001", "CO002", "OB003"})

FAULTS = {
    "a rule that is off": ("[rules]\noff = ['CO009']", 'rules.off: there is no rule CO009; did you mean "CO00'),
    "a rule with a severity": (
        "[rules]\nseverity = { ZZ777 = 'note' }",
        "rules.severity: there is no rule ZZ777; list",
    ),
    "a rule with a parameter": (
        "[rules.parameters.ZZ777]\nshare = 1",
        "rules.parameters: there is no rule ZZ777; list",
    ),
    "a parameter": (
        "[rules.parameters.OB003]\nshare = 1",
        "rules.parameters.OB003.share: OB003 has no parameters",
    ),
    "a waived rule": (
        "[[waivers]]\nrule = 'OB004'\nreason = 'x'\nexpires_on = 2026-12-31",
        'waivers[0].rule: there is no rule OB004; did you mean "OB003"?',
    ),
    "an error model": (
        "[errors]\nmodel = 'error'",
        "errors.model: openapi.yaml has no schema 'error'; did you mean \"Error\"?",
    ),
    "an objective": (
        '[latency.operations."GET /user"]\np50_ms = 3',
        'latency.operations: openapi.yaml has no operation "GET /user"; did you mean "GET /users"?',
    ),
    "a glob of operations": (
        "[traffic]\noperations = ['GET /*', 'PUT /users']",
        'traffic.operations: "PUT /users" matches no operation of openapi.yaml',
    ),
    "a glob to exclude": ("[traffic]\nexclude = ['get /*']", 'traffic.exclude: "get /*" matches no operation of'),
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_name_that_nothing_answers_to_is_told(case: str) -> None:
    text, message = FAULTS[case]
    with pytest.raises(ExpectationsError) as caught:
        check_expectations(parse_expectations(text), contract=CONTRACT, rules=RULES)
    (line,) = str(caught.value).splitlines()
    assert line.startswith(f"stageproof.toml: {message}")


def test_names_that_exist_are_silent() -> None:
    text = """
    [errors]
    model = "Error"
    [rules]
    off = ["CO001"]
    severity = { OB003 = "error" }
    [traffic]
    operations = ["* /users*"]
    exclude = ["GET /health"]
    [latency.operations."POST /users"]
    p50_ms = 3
    """
    check_expectations(parse_expectations(text), contract=CONTRACT, rules=RULES)


def test_every_fault_has_its_line() -> None:
    found = parse_expectations("[rules]\noff = ['XX001', 'XX002']\n[errors]\nmodel = 'X'")
    with pytest.raises(ExpectationsError) as caught:
        check_expectations(found, contract=CONTRACT, rules=RULES)
    assert len(str(caught.value).splitlines()) == 3
