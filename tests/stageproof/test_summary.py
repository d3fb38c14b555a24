"""The end of a run at a terminal: at most 25 lines, whatever came of it."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from contracts.baseline import Baseline, since_baseline
from contracts.contract import contract_of
from contracts.evidence import Completeness, Configuration, Missing, StageMetadata
from contracts.expectations import parse_expectations
from contracts.judge import InternalError
from contracts.judgement import Judgement
from contracts.recording import Manifest
from contracts.verdict import Outcome, Severity, Step, Verdict
from sandbox.faults.catalogue import FAULTS
from stageproof.exit_codes import ExitCode, FailOn, exit_code
from stageproof.summary import print_summary

NOW = datetime(2026, 3, 1, tzinfo=UTC)
DENIED = Missing(reason="denied")


def verdict(code: str = "MQ002", outcome: Outcome = Outcome.BROKEN, **changes: object) -> Verdict:
    made = Verdict(
        rule=code,
        severity=Severity.ERROR,
        step=Step.METHOD_REQUEST,
        subject="POST /users",
        outcome=outcome,
        message="an invalid body [reached] the backend",
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # a test names the fields it wants


def judgement(*verdicts: Verdict, **changes: object) -> Judgement:
    document = {"openapi": "3.0.1", "info": {"title": "t", "version": "1"}, "paths": {"/users": {"post": {}}}}
    missing: dict[str, Any] = dict.fromkeys(
        ("rest_api", "deployed", "stage", "usage_plans", "account", "log_groups"), DENIED
    )
    metadata = StageMetadata(account_id=None, region="us-east-1", read_at=NOW, invoke_url="https://x/dev")
    made = Judgement(
        manifest=Manifest(run_id="r", stage="dev", rest_api_id="a1b2c3", started_at=NOW, complete=True),
        contract=contract_of(document, source="openapi.yaml"),
        configuration=Configuration(metadata=metadata, **missing),
        expectations=parse_expectations(""),
        transactions=(),
        metrics=(),
        verdicts=verdicts,
        rules={},
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # a test names the fields it wants


def shown(judged: Judgement, **changes: object) -> list[str]:
    stream = io.StringIO()
    console = Console(file=stream, highlight=False, soft_wrap=True)
    print_summary(judged, [Path("night/report.html")], console=console, **changes)  # type: ignore[arg-type]
    return stream.getvalue().splitlines()


def test_a_healthy_run_is_calm() -> None:
    assert shown(judgement(verdict(outcome=Outcome.HELD))) == [
        "",
        "a1b2c3, stage dev: nothing broken",
        "",
        "  verdicts  1 held, 0 broken, 0 undetermined, 0 waived, 0 not applicable",
        f"  report    {Path('night/report.html').resolve()}",
    ]


def test_a_broken_verdict_says_what_where_and_why() -> None:
    assert shown(judgement(verdict()))[1:5] == [
        "a1b2c3, stage dev: 1 broken",
        "",
        "  error    MQ002  POST /users at method request",
        "           an invalid body [reached] the backend",
    ]


def test_many_findings_stay_on_one_screen() -> None:
    found = [verdict(subject=f"POST /users/{number}", message="long\n" * 200) for number in range(90)]
    unread = Completeness(expected=9, found=0, reason="denied", remedy="allow logs:FilterLogEvents")
    completeness = dict.fromkeys(("exchanges", "executions", "access_entries", "traces", "metrics"), unread)
    lines = shown(judgement(*found, completeness=completeness))
    assert len(lines) <= 25
    assert "  … and 84 more in the report" in lines
    assert max(map(len, lines)) <= 160


def test_what_could_not_be_read_is_told_with_its_mend() -> None:
    unread = Completeness(expected=9, found=2, reason="denied: FilterLogEvents", remedy="allow logs:FilterLogEvents")
    lines = shown(judgement(completeness={"executions": unread}))
    assert "  evidence  2 of 9 executions" in lines
    assert "            executions: denied: FilterLogEvents; allow logs:FilterLogEvents" in lines


def test_planted_faults_are_told_as_found_or_missed() -> None:
    first = FAULTS[0]
    found = verdict(first.rule, subject=first.subject, step=Step(first.step))
    lines = shown(judgement(found), planted=FAULTS)
    assert f"  1 of {len(FAULTS)} planted faults found" in lines
    assert [line.split()[0] for line in lines[4 : 4 + len(FAULTS)]] == ["found", *["MISSED"] * (len(FAULTS) - 1)]
    assert len(lines) <= 25


def test_of_very_many_faults_the_missed_ones_are_told_first() -> None:
    first = FAULTS[0]
    found = verdict(first.rule, subject=first.subject, step=Step(first.step))
    lines = shown(judgement(found), planted=(*[first] * 30, FAULTS[1]))
    assert lines[3] == "  30 of 31 planted faults found"
    assert lines[4].startswith("  MISSED")
    assert len(lines) == 25
    assert any(line.endswith("more, all of them found") for line in lines)


def test_faults_say_what_they_are_in_a_terminal_of_40_columns() -> None:
    stream = io.StringIO()
    console = Console(file=stream, width=40, force_terminal=True, color_system=None, highlight=False, soft_wrap=True)
    print_summary(judgement(), [], planted=FAULTS[:3], console=console)
    told = [line for line in stream.getvalue().splitlines() if line.startswith("  MISSED")]
    assert [line[:36] for line in told] == [f"  MISSED  {fault.rule}  {fault.title}"[:36] for fault in FAULTS[:3]]
    assert max(map(len, told)) <= 40


def test_a_fault_told_at_another_step_is_missed() -> None:
    first = FAULTS[0]
    elsewhere = verdict(first.rule, subject=first.subject, step=Step.BACKEND)
    assert f"  0 of {len(FAULTS)} planted faults found" in shown(judgement(elsewhere), planted=FAULTS)


@pytest.mark.parametrize(
    ("verdicts", "fail_on", "code"),
    [
        ([Outcome.HELD, Outcome.NOT_APPLICABLE], (), ExitCode.NOTHING_BROKEN),
        ([Outcome.HELD, Outcome.UNDETERMINED], (), ExitCode.NOTHING_BROKEN),
        ([Outcome.HELD, Outcome.UNDETERMINED], (FailOn.UNDETERMINED,), ExitCode.SOMETHING_BROKEN),
        ([Outcome.HELD, Outcome.BROKEN], (), ExitCode.SOMETHING_BROKEN),
    ],
)
def test_exit_codes(verdicts: list[Outcome], fail_on: tuple[FailOn, ...], code: ExitCode) -> None:
    assert exit_code(judgement(*(verdict(outcome=outcome) for outcome in verdicts)), fail_on) is code


def test_a_rule_that_raised_is_no_verdict() -> None:
    failed = InternalError(rule="MQ002", subject="POST /users", details="Traceback\nValueError: [x]")
    judged = judgement(verdict(), internal_errors=(failed,))
    assert exit_code(judged) is ExitCode.NOT_CARRIED_OUT
    assert "internal error in rule MQ002 on POST /users: ValueError: [x]" in shown(judged)


def compared(*verdicts: Verdict, **before: str) -> Judgement:
    made = judgement(*verdicts)
    outcomes = {(code, "POST /users"): state for code, state in before.items()}
    run = {"run_id": "q", "stage": "dev", "rest_api_id": "a1b2c3", "rest_api_name": "t", "started_at": "2026-02-28T03Z"}
    baseline = Baseline(**run, outcomes=outcomes)
    return replace(made, since=since_baseline(made.verdicts, made.manifest, made.rest_api_name, baseline))


@pytest.mark.parametrize(
    ("before", "fail_on", "code"),
    [
        ("broken", (FailOn.NEW,), ExitCode.NOTHING_BROKEN),
        ("broken", (), ExitCode.SOMETHING_BROKEN),
        ("broken", (FailOn.NEW, FailOn.BROKEN), ExitCode.SOMETHING_BROKEN),
        ("held", (FailOn.NEW,), ExitCode.SOMETHING_BROKEN),
        ("undetermined", (FailOn.NEW,), ExitCode.SOMETHING_BROKEN),
    ],
)
def test_only_what_is_new_fails_if_asked(before: str, fail_on: tuple[FailOn, ...], code: ExitCode) -> None:
    assert exit_code(compared(verdict(), MQ002=before), fail_on) is code


def test_new_and_undetermined_can_fail_together() -> None:
    judged = compared(verdict(), verdict("MQ001", Outcome.UNDETERMINED), MQ002="broken", MQ001="undetermined")
    assert exit_code(judged, (FailOn.NEW, FailOn.UNDETERMINED)) is ExitCode.SOMETHING_BROKEN


def test_a_rule_that_raised_is_not_new() -> None:
    failed = InternalError(rule="MQ002", subject="POST /users", details="Traceback")
    judged = replace(compared(), internal_errors=(failed,))
    assert exit_code(judged, (FailOn.NEW,)) is ExitCode.NOT_CARRIED_OUT


def test_what_is_new_is_told_first_and_marked() -> None:
    many = [verdict(subject=f"POST /users/{number}") for number in range(30)]
    judged = compared(*many, verdict("MQ009"), MQ001="broken")
    known = {(item.rule, item.subject): "broken" for item in many} | {("MQ001", "POST /users"): "broken"}
    assert judged.since is not None
    baseline = replace(judged.since.baseline, outcomes=known)
    since = since_baseline(judged.verdicts, judged.manifest, judged.rest_api_name, baseline)
    lines = shown(replace(judged, since=since))
    assert lines[3] == "  since 2026-02-28T03Z: 1 newly broken, 0 mended, 30 still broken, 1 unsettled"
    assert lines[5] == "  error    MQ009  POST /users at method request new"
    assert not any(line.endswith(" new") for line in lines[6:])
    assert len(lines) <= 25
