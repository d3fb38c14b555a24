"""Test invocations stand apart: only the oracle's rules look at them, and only in place of what was not logged."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from contracts.catalogue import CATALOGUE
from contracts.evidence import Missing, Transaction
from contracts.judge import judge_run
from contracts.rule import PerTransaction
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Outcome, Verdict, held
from tests.contracts.rule_cases import DATA, run_of

RULES = {rule.code: rule for rule in CATALOGUE}
SUBJECT = "POST /legacy"
CASES = json.loads((DATA / "rules" / "IQ001.json").read_text(encoding="utf-8"))
HEALTHY: dict[str, Any] = CASES["a healthy template sends what it says"]["exchanges"][0]
WRONG: dict[str, Any] = CASES["a wrong field breaks"]["exchanges"][0]
UNLOGGED = {**HEALTHY, "log": "missing"}
DATA_TRACE = (
    "Method request ",
    "Endpoint request headers",
    "Endpoint request body",
    "Endpoint response",
    "Method response ",
)
UNTRACED = {**HEALTHY, "log": [line for line in HEALTHY["log"] if not line.startswith(DATA_TRACE)]}
REFUSED = {
    **HEALTHY,
    "status": 400,
    "log": [
        "Starting execution for request: rid-0",
        "Request body does not match model schema for content type application/json: []",
        "Method completed with status: 400",
    ],
}


def _tested(told: dict[str, Any]) -> dict[str, Any]:
    return {**told, "origin": "test_invoke"}


def _run(*exchanges: dict[str, Any], **case: Any) -> RunEvidence:
    numbered = [json.loads(json.dumps(told).replace("rid-0", f"rid-{number}")) for number, told in enumerate(exchanges)]
    return run_of({"exchanges": numbered, **case})


def _verdict(run: RunEvidence, code: str = "IQ001") -> Verdict:
    judged = judge_run(run, [RULES[code]])
    assert not judged.internal_errors
    return {verdict.subject: verdict for verdict in judged.verdicts}[SUBJECT]


@pytest.mark.parametrize("code", ["IQ001", "IQ005", "IS001"])
@pytest.mark.parametrize("untold", [UNLOGGED, UNTRACED], ids=["no execution", "no data trace"])
def test_a_test_invocation_is_judged_in_place_of_what_was_not_logged(code: str, untold: dict[str, Any]) -> None:
    assert _verdict(_run(untold), code).outcome is Outcome.UNDETERMINED
    verdict = _verdict(_run(untold, _tested(HEALTHY)), code)
    assert (verdict.outcome, verdict.evidence) == (Outcome.HELD, ("x1",))
    assert dict(verdict.counts) == {Outcome.HELD: 1, Outcome.NOT_APPLICABLE: 1}
    assert "current configuration, which need not be the deployed one" in verdict.message


def test_a_test_invocation_that_differs_breaks() -> None:
    verdict = _verdict(_run(UNLOGGED, _tested(WRONG)))
    assert (verdict.outcome, verdict.evidence) == (Outcome.BROKEN, ("x1",))
    assert verdict.findings[0].comparison is not None


def test_a_test_invocation_that_did_not_reach_the_integration_stands_for_nothing() -> None:
    assert _verdict(_run(UNLOGGED, _tested(REFUSED))).outcome is Outcome.UNDETERMINED


def test_a_test_invocation_of_another_operation_stands_for_nothing() -> None:
    other = {**_tested(HEALTHY), "request": "POST /other"}
    assert _verdict(_run(UNLOGGED, other)).outcome is Outcome.UNDETERMINED


def test_what_the_stage_logged_is_judged_beside_test_invocations() -> None:
    assert _verdict(_run(WRONG, _tested(HEALTHY))).outcome is Outcome.BROKEN


def test_without_integrations_in_the_contract_the_current_configuration_is_meant() -> None:
    integration = copy.deepcopy(_run(HEALTHY).contract.document["paths"]["/legacy"]["post"])
    template = {"application/json": '{"query": $input.json(\'$.q\'), "pin": "***"}'}
    now = {**integration["x-amazon-apigateway-integration"], "requestTemplates": template}
    key = "x-amazon-apigateway-integration"
    case = {
        "contract": {"paths": {"/legacy": {"post": {key: None}}}},
        "deployed": {"paths": {"/legacy": {"post": {key: integration[key]}}}},
        "current": {"paths": {"/legacy": {"post": {key: now}}}},
    }
    assert _verdict(_run(_tested(WRONG), **case)).outcome is Outcome.HELD
    assert _verdict(_run(_tested(HEALTHY), **case)).outcome is Outcome.BROKEN
    assert _verdict(_run(HEALTHY, **case)).outcome is Outcome.HELD


def test_no_other_rule_sees_test_invocations() -> None:
    run = _run(UNLOGGED, _tested(HEALTHY))
    assert [one.exchange.exchange_id for one in run.transactions] == ["x0"]
    assert [one.exchange.exchange_id for one in run.test_invocations] == ["x1"]
    assert [len(found) for found in run.by_operation.values()] == [1]
    looking = {
        rule.code for rule in CATALOGUE if isinstance(rule.judge, PerTransaction) and rule.judge.test_invocations
    }
    assert looking == {"IQ001", "IQ005", "IS001"}
    seen: list[str] = []

    def judge(transaction: Transaction, run: RunEvidence) -> Finding:
        seen.append(transaction.exchange.exchange_id)
        return held("seen", evidence=transaction)

    fields = {name: getattr(RULES["IQ001"], name) for name in RULES["IQ001"].__slots__}
    judge_run(run, [type(RULES["IQ001"])(**{**fields, "judge": PerTransaction(judge)})])
    assert seen == ["x0"]


def test_of_a_test_invocation_no_access_entry_and_no_trace_is_expected() -> None:
    (transaction,) = _run(UNLOGGED, _tested(HEALTHY)).test_invocations
    for evidence in (transaction.access_entry, transaction.trace):
        assert isinstance(evidence, Missing)
        assert evidence.reason == "a test invocation writes no access log and no trace"
