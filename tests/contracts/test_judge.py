"""Findings become verdicts: aggregation, causes before consequences, waivers, severities, and rules that raise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.catalogue import CATALOGUE
from contracts.evidence import Transaction
from contracts.judge import IDS_KEPT, PROOFS_KEPT, STAGE_SUBJECT, Judged, judge_run
from contracts.rule import (
    EVERY_KIND,
    HTTP_ONLY,
    REST_ONLY,
    Judge,
    PerOperation,
    PerResource,
    PerStage,
    PerTransaction,
    Rule,
)
from contracts.run_evidence import RunEvidence
from contracts.verdict import (
    Finding,
    Outcome,
    Severity,
    Step,
    Verdict,
    broken,
    held,
    not_applicable,
    undetermined,
)
from tests.contracts.rule_cases import run_of

POST = "POST /things"
GET = "GET /things/{thingId}"
BY_STATUS: dict[int, Callable[[Transaction], Finding]] = {
    200: lambda transaction: held("held", evidence=transaction),
    500: lambda transaction: broken("broken", evidence=transaction),
    400: lambda transaction: undetermined("undetermined", evidence=transaction),
    404: lambda _: not_applicable("not applicable"),
}
STATUS_OF = {
    Outcome.HELD: 200,
    Outcome.BROKEN: 500,
    Outcome.UNDETERMINED: 400,
    Outcome.NOT_APPLICABLE: 404,
}


def _by_status(transaction: Transaction, _run: RunEvidence) -> Finding:
    response = transaction.exchange.response
    assert response is not None
    return BY_STATUS[response.status](transaction)


def _rule(code: str, judge: Judge, **changes: Any) -> Rule:
    rule = Rule(
        code=code,
        title="All is well",
        severity=Severity.WARNING,
        step=Step.BACKEND,
        why="why",
        fix="fix",
        source_url="https://example.com",
        judge=judge,
    )
    return replace(rule, **changes)


WATCHED = _rule("ER001", PerTransaction(_by_status))


def _run(*statuses: int, request: str = POST, expect: dict[str, Any] | None = None, **more: Any) -> RunEvidence:
    told = [{"request": request, "status": status} for status in statuses]
    return run_of({"exchanges": told, "expect": expect or {}, **more})


def _only(judged: Judged, subject: str = POST) -> Verdict:
    assert not judged.internal_errors
    return next(verdict for verdict in judged.verdicts if verdict.subject == subject)


def _always(finding: Finding) -> Judge:
    return PerStage(lambda _: finding)


def _on(*subjects: str) -> Judge:
    """A rule that is broken on these subjects."""

    def judge(_: RunEvidence) -> Iterator[Finding]:
        for subject in subjects:
            yield Finding(outcome=Outcome.BROKEN, message="broken", subject=subject)

    return PerStage(judge)


PRECEDENCE: list[tuple[tuple[int, ...], Outcome]] = [
    ((200, 400, 500, 404), Outcome.BROKEN),
    ((200, 400, 404), Outcome.UNDETERMINED),
    ((200, 404), Outcome.HELD),
    ((404,), Outcome.NOT_APPLICABLE),
]


@pytest.mark.parametrize(("statuses", "outcome"), PRECEDENCE)
def test_the_worst_finding_decides(statuses: tuple[int, ...], outcome: Outcome) -> None:
    assert _only(judge_run(_run(*statuses), [WATCHED])).outcome is outcome


@given(st.lists(st.sampled_from(sorted(BY_STATUS)), min_size=1, max_size=12), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_the_order_of_transactions_changes_no_outcome(statuses: list[int], shuffler: Any) -> None:
    run = _run(*statuses)
    first = _only(judge_run(run, [WATCHED]))
    shuffled = list(run.transactions)
    shuffler.shuffle(shuffled)
    run.transactions = tuple(shuffled)
    second = _only(judge_run(run, [WATCHED]))
    assert (first.outcome, first.counts, first.message) == (second.outcome, second.counts, second.message)
    assert set(first.evidence) == set(second.evidence)


def test_the_message_says_how_many_were_looked_at() -> None:
    assert _only(judge_run(_run(500, 200, 500, 404), [WATCHED])).message == "broken (2 of 3)"
    assert _only(judge_run(_run(500, 404), [WATCHED])).message == "broken"


def test_evidence_is_that_of_the_deciding_findings() -> None:
    verdict = _only(judge_run(_run(200, 500, 400, 500), [WATCHED]))
    assert verdict.evidence == ("x1", "x3")
    assert verdict.counts == ((Outcome.BROKEN, 2), (Outcome.UNDETERMINED, 1), (Outcome.HELD, 1))


def test_many_proofs_are_cut_and_counted() -> None:
    verdict = _only(judge_run(_run(*[500] * (IDS_KEPT + 5)), [WATCHED]))
    assert len(verdict.findings) == PROOFS_KEPT
    assert len(verdict.evidence) == IDS_KEPT
    assert verdict.counts == ((Outcome.BROKEN, IDS_KEPT + 5),)


def test_proofs_that_say_something_new_come_first() -> None:
    words = iter(["a"] * PROOFS_KEPT + ["b"])
    rule = _rule("ER001", PerTransaction(lambda transaction, _: broken(next(words), evidence=transaction)))
    verdict = _only(judge_run(_run(*[500] * (PROOFS_KEPT + 1)), [rule]))
    assert [finding.message for finding in verdict.findings] == ["a", "b", "a", "a", "a"]


def test_a_held_verdict_keeps_no_proofs() -> None:
    assert _only(judge_run(_run(200, 200), [WATCHED])).findings == ()


def test_subjects_are_operations_resources_and_the_stage() -> None:
    run = _run(200)
    fine = held("fine")
    scopes: list[tuple[Judge, set[str]]] = [
        (PerTransaction(lambda *_: fine), {POST}),
        (PerOperation(lambda *_: fine), {operation.name for operation in run.operations}),
        (PerResource(lambda *_: fine), {"/things", "/things/{thingId}", "/legacy", "/picture"}),
        (PerStage(lambda *_: fine), {STAGE_SUBJECT}),
    ]
    for judge, subjects in scopes:
        assert {verdict.subject for verdict in judge_run(run, [_rule("ER001", judge)]).verdicts} == subjects


def test_a_request_to_no_operation_is_about_the_stage_and_a_wrong_method_about_the_resource() -> None:
    run = run_of({"exchanges": [
        {"request": "GET (none)", "path": "/nothing", "status": 404},
        {"request": "PATCH /things", "status": 404, "violates": ["method"]},
    ]})  # fmt: skip
    assert [verdict.subject for verdict in judge_run(run, [WATCHED]).verdicts] == [STAGE_SUBJECT, "/things"]


EXPLAINED: list[tuple[str, str, bool]] = [
    (POST, POST, True),
    ("/things", POST, True),
    (STAGE_SUBJECT, POST, True),
    (STAGE_SUBJECT, "/things", True),
    (GET, POST, False),
    ("/things/{thingId}", POST, False),
    (POST, "/things", False),
]


@pytest.mark.parametrize(("cause", "consequence", "is_explained"), EXPLAINED)
def test_a_fault_is_reported_once_at_its_cause(cause: str, consequence: str, is_explained: bool) -> None:
    rules = [_rule("AA001", _on(cause)), _rule("AA002", _on(consequence), explained_by=("AA001",))]
    first, second = judge_run(_run(), rules).verdicts
    assert first.outcome is Outcome.BROKEN
    assert second.outcome is (Outcome.NOT_APPLICABLE if is_explained else Outcome.BROKEN)
    assert second.message.startswith(f"explained by AA001 on {cause}: ") is is_explained


def test_what_is_not_broken_is_not_explained_and_explains_nothing() -> None:
    rules = [
        _rule("AA001", _always(undetermined("no log"))),
        _rule("AA002", _always(broken("broken")), explained_by=("AA001",)),
        _rule("AA003", _always(held("held")), explained_by=("AA002",)),
    ]
    outcomes = [verdict.outcome for verdict in judge_run(_run(), rules).verdicts]
    assert outcomes == [Outcome.UNDETERMINED, Outcome.BROKEN, Outcome.HELD]


def test_a_chain_of_causes_leaves_only_the_first() -> None:
    rules = [
        _rule("AA003", _on(POST), explained_by=("AA002",)),
        _rule("AA002", _on(POST), explained_by=("AA001",)),
        _rule("AA001", _on(POST)),
    ]
    left = [verdict.rule for verdict in judge_run(_run(), rules).verdicts if verdict.outcome is Outcome.BROKEN]
    assert left == ["AA001"]


def test_no_rules_of_the_catalogue_explain_each_other_in_a_circle() -> None:
    causes = {rule.code: set(rule.explained_by) for rule in CATALOGUE}
    while causes:
        roots = {code for code, needed in causes.items() if not needed & causes.keys()}
        assert roots, f"these explain each other: {sorted(causes)}"
        causes = {code: needed for code, needed in causes.items() if code not in roots}


WAIVERS: list[tuple[dict[str, str], bool]] = [
    ({"subject": POST, "expires_on": "2026-03-01"}, True),
    ({"subject": "POST *", "expires_on": "2026-12-31"}, True),
    ({"expires_on": "2026-12-31"}, True),
    ({"subject": POST, "expires_on": "2026-02-28"}, False),
    ({"subject": "GET *", "expires_on": "2026-12-31"}, False),
    ({"rule": "ER002", "expires_on": "2026-12-31"}, False),
]


@pytest.mark.parametrize(("waiver", "is_waived"), WAIVERS)
def test_a_waiver_accepts_one_rule_on_its_subjects_until_its_day(waiver: dict[str, str], is_waived: bool) -> None:
    expect = {"waivers": [{"rule": "ER001", "reason": "agreed", **waiver}]}
    verdict = _only(judge_run(_run(500, expect=expect, today="2026-03-01"), [WATCHED]))
    assert verdict.outcome is Outcome.BROKEN
    assert (verdict.waived is not None) is is_waived


def test_only_what_is_broken_is_waived() -> None:
    expect = {"waivers": [{"rule": "ER001", "reason": "agreed", "expires_on": "2026-12-31"}]}
    assert _only(judge_run(_run(400, expect=expect), [WATCHED])).waived is None


def test_an_expired_waiver_does_not_hide_one_that_holds() -> None:
    expect = {"waivers": [
        {"rule": "ER001", "reason": "old", "expires_on": "2026-01-01"},
        {"rule": "ER001", "reason": "new", "expires_on": "2026-12-31"},
    ]}  # fmt: skip
    waived = _only(judge_run(_run(500, expect=expect), [WATCHED])).waived
    assert waived is not None
    assert waived.reason == "new"


SEVERITIES: list[tuple[dict[str, Any], Severity, Severity]] = [
    ({}, Severity.WARNING, Severity.WARNING),
    ({"profile": "strict"}, Severity.WARNING, Severity.ERROR),
    ({"profile": "lenient"}, Severity.WARNING, Severity.NOTE),
    ({"profile": "strict"}, Severity.NOTE, Severity.WARNING),
    ({"profile": "strict"}, Severity.ERROR, Severity.ERROR),
    ({"profile": "lenient", "severity": {"ER001": "note"}}, Severity.NOTE, Severity.NOTE),
    ({"profile": "lenient"}, Severity.ERROR, Severity.ERROR),
    ({"severity": {"ER001": "note"}}, Severity.ERROR, Severity.NOTE),
    ({"profile": "strict", "severity": {"ER001": "warning"}}, Severity.WARNING, Severity.WARNING),
    ({"severity": {"ER002": "note"}}, Severity.WARNING, Severity.WARNING),
]


@pytest.mark.parametrize(("told", "own", "wanted"), SEVERITIES)
def test_severities_follow_the_profile_and_the_single_rule(
    told: dict[str, Any], own: Severity, wanted: Severity
) -> None:
    run = _run(500, expect={"rules": told})
    assert _only(judge_run(run, [replace(WATCHED, severity=own)])).severity is wanted


def test_the_lenient_profile_asks_for_no_hygiene() -> None:
    run = _run(500, expect={"rules": {"profile": "lenient"}})
    assert judge_run(run, [replace(WATCHED, severity=Severity.NOTE)]).verdicts == ()


def test_a_rule_that_is_off_judges_nothing_and_explains_nothing() -> None:
    rules = [_rule("AA001", _on(POST)), _rule("AA002", _on(POST), explained_by=("AA001",))]
    verdicts = judge_run(_run(expect={"rules": {"off": ["AA001"]}}), rules).verdicts
    assert [(verdict.rule, verdict.outcome) for verdict in verdicts] == [("AA002", Outcome.BROKEN)]


def test_a_rule_that_raises_is_an_internal_error_and_never_a_verdict(caplog: pytest.LogCaptureFixture) -> None:
    def judge(transaction: Transaction, run: RunEvidence) -> Finding:
        if transaction.exchange.exchange_id == "x1":
            raise KeyError("our own fault")
        return _by_status(transaction, run)

    judged = judge_run(_run(200, 500, 200), [_rule("ER001", PerTransaction(judge)), WATCHED])
    assert [(error.rule, error.subject) for error in judged.internal_errors] == [("ER001", POST)]
    assert "our own fault" in judged.internal_errors[0].details
    assert [verdict.outcome for verdict in judged.verdicts] == [Outcome.HELD, Outcome.BROKEN]
    assert "rule raised" in caplog.text


def test_a_rule_about_the_stage_that_raises_half_way_gives_no_verdict() -> None:
    def judge(_: RunEvidence) -> Iterator[Finding]:
        yield held("so far")
        raise RuntimeError("our own fault")

    judged = judge_run(_run(), [_rule("ER001", PerStage(judge))])
    assert judged.verdicts == ()
    assert len(judged.internal_errors) == 1


def test_a_catalogue_may_be_any_iterable() -> None:
    assert len(judge_run(_run(500), iter([WATCHED])).verdicts) == 1


def test_the_catalogue_judges_a_silent_run_without_an_internal_error() -> None:
    judged = judge_run(_run(deployed="missing", current="missing", stage="missing", account="missing"), CATALOGUE)
    assert not judged.internal_errors, judged.internal_errors[0].details
    assert not [verdict for verdict in judged.verdicts if verdict.outcome is Outcome.BROKEN]


def test_what_proves_the_consequence_proves_the_cause() -> None:
    run = _run(exchanges=[{"request": POST, "status": 500}])
    rules = [
        _rule("AA001", PerOperation(lambda operation, _: broken("off") if operation.name == POST else held("on"))),
        _rule("AA002", PerTransaction(_by_status), explained_by=("AA001",)),
    ]
    cause = next(verdict for verdict in judge_run(run, rules).verdicts if verdict.outcome is Outcome.BROKEN)
    assert (cause.rule, cause.evidence) == ("AA001", ("x0",))
    assert [finding.message for finding in cause.findings] == ["off", "and so AA002: broken"]


def test_a_rule_gives_no_verdict_at_a_kind_of_api_that_it_does_not_judge() -> None:
    rest, http = run_of({}), run_of({"http": {}})
    codes = [
        {
            verdict.rule
            for verdict in judge_run(run, [_rule("OB900", PerStage(lambda _: held("held")), api_kinds=kinds)]).verdicts
        }
        for run in (rest, http)
        for kinds in (REST_ONLY, HTTP_ONLY, EVERY_KIND)
    ]
    assert codes == [{"OB900"}, set(), {"OB900"}, set(), {"OB900"}, {"OB900"}]
