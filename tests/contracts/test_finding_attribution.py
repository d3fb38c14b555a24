"""What verdicts say of the exchanges that prove them: operation, who answered, whether the backend was reached."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.catalogue import CATALOGUE
from contracts.evidence import Transaction
from contracts.finding_attribution import Attribution, attributed, summed_up
from contracts.judge import judge_run
from contracts.rule import PerStage, PerTransaction, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Outcome, Severity, Step, Verdict, broken, held
from tests.contracts.rule_cases import run_of

STARTED = "Starting execution for request: rid"
SENT = "Sending request to https://b/things"
ENDED = "Method completed with status: 400"
REFUSED = {
    "request": "POST /things",
    "status": 400,
    "violates": ["body"],
    "mode": "negative",
    "response_headers": {"x-amzn-ErrorType": "BadRequestException"},
    "log": [STARTED, "Request body does not match model schema for content type application/json: [x]", ENDED],
}
PASSED = {"request": "POST /things", "status": 200, "log": [STARTED, SENT, "Method completed with status: 200"]}


def _rule(judge: Any, **changes: Any) -> Rule:
    told = {"code": "ER001", "title": "t", "severity": Severity.ERROR, "step": Step.BACKEND, "why": "w", "fix": "f"}
    return Rule(**{**told, "source_url": "https://x", "judge": judge, **changes})


def _verdict(rule: Rule, *exchanges: dict[str, Any]) -> Verdict:
    (verdict,) = judge_run(run_of({"exchanges": list(exchanges)}), [rule]).verdicts
    return verdict


def _always_broken(transaction: Transaction, _run: RunEvidence) -> Finding:
    return broken("it is", evidence=transaction)


def test_a_refused_request_names_the_validator_and_did_not_reach_the_backend() -> None:
    verdict = _verdict(_rule(PerTransaction(_always_broken)), REFUSED)
    assert (verdict.operations, verdict.answered_by, verdict.reached_backend) == (
        ("POST /things",),
        ("validator",),
        False,
    )
    (finding,) = verdict.findings
    assert (finding.operation, finding.answered_by, finding.reached_backend) == ("POST /things", "validator", False)


def test_all_that_was_broken_counts_and_not_only_the_proofs_that_are_kept() -> None:
    verdict = _verdict(_rule(PerTransaction(_always_broken)), *[REFUSED] * 7, PASSED)
    assert len(verdict.findings) == 5
    assert (verdict.answered_by, verdict.reached_backend) == (("validator", "backend"), True)


def test_a_rule_about_the_stage_names_the_operation_of_its_proof() -> None:
    def judge(run: RunEvidence) -> Finding:
        return broken("it is", evidence=run.transactions[0])

    verdict = _verdict(_rule(PerStage(judge)), REFUSED)
    assert (verdict.subject, verdict.operations) == ("stage", ("POST /things",))


def test_what_a_rule_says_itself_stands() -> None:
    def judge(transaction: Transaction, _run: RunEvidence) -> Finding:
        return broken("it is", evidence=transaction, answered_by="WAF", reached_backend=True)

    verdict = _verdict(_rule(PerTransaction(judge)), REFUSED)
    assert (verdict.answered_by, verdict.reached_backend) == (("WAF",), True)


def test_without_an_exchange_and_where_nothing_is_broken_nothing_is_told() -> None:
    by_configuration = _verdict(_rule(PerStage(lambda _run: broken("it is"))), REFUSED)
    fine = _verdict(_rule(PerTransaction(lambda one, _run: held("fine", evidence=one))), REFUSED)
    for verdict in (by_configuration, fine):
        assert (verdict.operations, verdict.answered_by, verdict.reached_backend) == ((), (), None)


def test_a_cause_tells_of_its_consequences_too() -> None:
    cause = _rule(PerStage(lambda _run: broken("by the configuration")), code="DP001")
    consequence = _rule(PerTransaction(_always_broken), explained_by=("DP001",))
    run = run_of({"exchanges": [REFUSED]})
    verdicts = {verdict.rule: verdict for verdict in judge_run(run, [cause, consequence]).verdicts}
    assert (verdicts["DP001"].answered_by, verdicts["DP001"].reached_backend) == (("validator",), False)


REACHED = [([True, False], True), ([False, False], False), ([False, None], None), ([None], None), ([], None)]


@pytest.mark.parametrize(("told", "wanted"), REACHED)
def test_one_request_at_the_backend_is_enough(told: list[bool | None], wanted: bool | None) -> None:
    findings = [
        Finding(outcome=Outcome.BROKEN, message="m", answered_by="backend", reached_backend=reached) for reached in told
    ]
    assert summed_up(findings).reached_backend is wanted


def test_an_exchange_that_is_not_there_is_no_proof() -> None:
    finding = Finding(outcome=Outcome.BROKEN, message="m", evidence=("gone",))
    assert attributed(finding, {}) == finding
    assert summed_up([finding]) == Attribution()


def test_every_broken_case_with_an_exchange_is_attributed() -> None:
    run = run_of(
        {"exchanges": [REFUSED, PASSED, {"request": "GET /things/{thingId}", "status": 500, "path": "/things/1"}]}
    )
    broken_ones = [verdict for verdict in judge_run(run, CATALOGUE).verdicts if verdict.outcome is Outcome.BROKEN]
    assert [verdict.rule for verdict in broken_ones if verdict.evidence]
    for verdict in broken_ones:
        assert bool(verdict.evidence) == bool(verdict.answered_by) == bool(verdict.operations), verdict
