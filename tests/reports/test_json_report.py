from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import jsonschema_rs
import pytest

from contracts.judgement import Judgement
from reports.json_report import verdicts_document, write_verdicts
from tests.reports.goldens import golden
from tests.reports.hostile import hostile
from tests.reports.judgements import calm, compared, faulty, judgement

SCHEMA = json.loads(files("reports").joinpath("verdicts.schema.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("night", [calm(), faulty(), judgement([]), hostile(faulty()), compared(faulty())])
def test_the_document_is_what_the_schema_promises(night: Judgement, tmp_path: Path) -> None:
    write_verdicts(night, tmp_path / "verdicts.json")
    document = json.loads((tmp_path / "verdicts.json").read_text(encoding="ascii"))
    jsonschema_rs.validate(SCHEMA, document)
    assert document == verdicts_document(night)


@pytest.mark.parametrize("part", ["run", "summary", "completeness", "verdicts", "internal_errors"])
def test_the_schema_refuses_a_document_without_a_part(part: str) -> None:
    document = verdicts_document(faulty())
    del document[part]
    assert not jsonschema_rs.is_valid(SCHEMA, document)


@pytest.mark.parametrize("field", ["rule", "severity", "step", "subject", "outcome", "message", "evidence", "waived"])
def test_the_schema_refuses_a_verdict_without_a_field(field: str) -> None:
    document = verdicts_document(faulty())
    del document["verdicts"][0][field]
    assert not jsonschema_rs.is_valid(SCHEMA, document)


def test_the_summary_counts_a_waived_verdict_apart() -> None:
    assert verdicts_document(faulty())["summary"] == {
        "held": 24,
        "broken": 5,
        "undetermined": 2,
        "not_applicable": 8,
        "waived": 1,
    }


def test_the_file_is_as_it_was(tmp_path: Path) -> None:
    write_verdicts(calm(), tmp_path / "verdicts.json")
    assert (tmp_path / "verdicts.json").read_text(encoding="ascii") == golden("calm.verdicts.json")


def test_what_moved_since_the_baseline_is_told() -> None:
    since = verdicts_document(compared(faulty()))["since_baseline"]
    assert since["baseline"] == {"run_id": "20260228-0300-1a2b", "stage": "dev", "started_at": "2026-02-28T03:00:00Z"}
    assert [item["rule"] for item in since["newly_broken"]] == ["CO006", "IQ005", "IS003", "OB004"]
    assert since["mended"] == [{"rule": "RT002", "subject": "GET /health", "before": "broken", "now": "held"}]
    assert [item["rule"] for item in since["still_broken"]] == ["MQ002"]
    assert [item["now"] for item in since["unsettled"]] == ["undetermined"]


def test_the_schema_refuses_an_unknown_state() -> None:
    document = verdicts_document(compared(faulty()))
    document["since_baseline"]["mended"][0]["now"] = "odd"
    assert not jsonschema_rs.is_valid(SCHEMA, document)
