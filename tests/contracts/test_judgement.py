"""A recording is judged offline: parts joined, absence kept as absence, verdicts counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import yaml

from contracts.evidence import Completeness, MetricPoint, Missing, Present
from contracts.expectations import parse_expectations
from contracts.judgement import Judgement, judge
from contracts.recording import Manifest, Recording, RecordingWriter
from contracts.redaction import Redactor
from contracts.run_evidence import RunEvidence
from contracts.verdict import Outcome
from gateway.errors import StageproofError
from tests.contracts.rule_cases import DATA, run_of

NOW = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
POST = "POST /things"
TODAY = date(2026, 3, 1)
EXPECTED = """
[stages.nightly]
rest_api_id = "abc123"
stage_name = "dev"
contract = "openapi.yaml"

[errors]
model = "Error"
"""
REFUSED = {
    "request": POST,
    "status": 400,
    "mode": "negative",
    "headers": {"Content-Type": "application/json", "X-Tenant": "t", "x-api-key": "k"},
    "body": {"nom": "x"},
    "response_headers": {"x-amzn-ErrorType": "BadRequestException"},
    "response_body": {"message": "Invalid request body"},
    "log": [
        "Starting execution for request: rid-0",
        "Request body does not match model schema for content type application/json: [object has missing]",
        "Method completed with status: 400",
    ],
}
SILENT = {"request": "GET /picture", "status": 200, "log": "missing"}


def _recorded(directory: Path, *, expected: str = EXPECTED, logs: Completeness | None = None) -> RunEvidence:
    told = run_of({"exchanges": [REFUSED, SILENT]})
    completeness = {} if logs is None else {"executions": logs}
    with RecordingWriter(directory, redactor=Redactor(b"k" * 32)) as writer:
        writer.write_contract(yaml.safe_load((DATA / "rules_contract.yaml").read_text(encoding="utf-8")))
        writer.write_configuration(told.configuration)
        writer.write_expectations(parse_expectations(expected))
        for transaction in told.transactions:
            writer.add_exchange(transaction.exchange)
            if isinstance(transaction.execution, Present):
                writer.add_execution(transaction.execution.value)
        point = MetricPoint(
            metric_name="Count",
            statistic="Sum",
            dimensions={"ApiName": "things", "Stage": "dev"},
            start_at=NOW,
            period_s=60,
            value=2,
        )
        writer.add_metric(point)
        writer.flush()
        writer.write_manifest(
            Manifest(
                run_id="r1",
                stage="nightly",
                rest_api_id="abc123",
                started_at=NOW,
                finished_at=NOW,
                completeness=completeness,
                complete=True,
            )
        )
    return told


def _outcome(judgement: Judgement, rule: str, subject: str) -> Outcome:
    return next(verdict.outcome for verdict in judgement.verdicts if (verdict.rule, verdict.subject) == (rule, subject))


def test_a_recording_is_joined_and_judged(tmp_path: Path) -> None:
    told = _recorded(tmp_path)
    judgement = judge(Recording.open(tmp_path), today=TODAY)
    assert not judgement.internal_errors
    assert set(judgement.by_exchange_id) == {transaction.exchange.exchange_id for transaction in told.transactions}
    assert isinstance(judgement.by_exchange_id["x0"].execution, Present)
    assert _outcome(judgement, "MQ002", POST) is Outcome.HELD
    assert _outcome(judgement, "ER001", POST) is Outcome.BROKEN
    assert [point.value for point in judgement.metrics] == [2]
    assert judgement.manifest.run_id == "r1"


def test_a_metric_that_was_read_twice_counts_once(tmp_path: Path) -> None:
    """A run that was interrupted while it collected reads again when it goes on; the later reading is fuller."""
    _recorded(tmp_path)
    with RecordingWriter(tmp_path, redactor=Redactor(b"k" * 32), shard="night2") as writer:
        again = replace(Recording.open(tmp_path).metrics()[0], value=3)
        writer.add_metric(again)
        writer.add_metric(replace(again, statistic="SampleCount"))
    judgement = judge(Recording.open(tmp_path), today=TODAY)
    assert [(point.statistic, point.value) for point in judgement.metrics] == [("Sum", 3), ("SampleCount", 3)]


def test_what_was_not_found_stays_missing_with_the_reason_and_the_mend(tmp_path: Path) -> None:
    _recorded(tmp_path, logs=Completeness(expected=2, found=1, reason="access denied", remedy="allow logs"))
    execution = judge(Recording.open(tmp_path), today=TODAY).by_exchange_id["x1"].execution
    assert execution == Missing(reason="access denied", remedy="allow logs")


def test_the_summary_counts_every_verdict_once_and_waived_ones_apart(tmp_path: Path) -> None:
    _recorded(tmp_path)
    plain = judge(Recording.open(tmp_path), today=TODAY)
    assert sum(plain.summary.values()) == len(plain.verdicts)
    waiver = '\n[[waivers]]\nrule = "ER001"\nreason = "agreed"\nexpires_on = 2026-03-01\n'
    waived = judge(Recording.open(tmp_path), today=TODAY, expectations=parse_expectations(EXPECTED + waiver))
    assert (waived.summary["waived"], waived.summary["broken"]) == (1, plain.summary["broken"] - 1)
    assert "ER001" not in {verdict.rule for verdict in waived.broken}
    later = judge(Recording.open(tmp_path), today=date(2026, 3, 2), expectations=parse_expectations(EXPECTED + waiver))
    assert later.summary["waived"] == 0
    assert "DP004" in {verdict.rule for verdict in later.broken}


def test_broken_verdicts_come_worst_first(tmp_path: Path) -> None:
    _recorded(tmp_path)
    severities = [verdict.severity.value for verdict in judge(Recording.open(tmp_path), today=TODAY).broken]
    assert severities == sorted(severities, key=("error", "warning", "note").index)


def test_a_catalogue_of_ones_own_judges_alone(tmp_path: Path) -> None:
    _recorded(tmp_path)
    recording = Recording.open(tmp_path)
    rule = replace(judge(recording, today=TODAY).rules["ER001"], code="ER999")
    judgement = judge(recording, catalogue=iter([rule]), today=TODAY)
    assert {verdict.rule for verdict in judgement.verdicts} == {"ER999"} == set(judgement.rules)


def test_a_damaged_recording_says_so_in_one_line(tmp_path: Path) -> None:
    _recorded(tmp_path)
    part = next((tmp_path / "parts").glob("exchanges-*.parquet"))
    part.write_bytes(b"cut")
    with pytest.raises(StageproofError, match=part.name) as caught:
        judge(Recording.open(tmp_path), today=TODAY)
    assert "\n" not in str(caught.value)
