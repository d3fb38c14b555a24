"""The checklist in docs/README.md: its rules and faults exist, and each fault breaks a rule of its row."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from contracts.catalogue import CATALOGUE
from sandbox.faults.catalogue import ALL_FAULTS

README = Path(__file__).parents[2] / "examples" / "users-api" / "docs" / "README.md"
RULES = {rule.code for rule in CATALOGUE}
FAULTS = {fault.fault_id: {fault.rule, *fault.consequences} for fault in ALL_FAULTS}
POINTS = (
    "validate input",
    "request metadata",
    "standard errors",
    "CORS",
    "DynamoDB (and SQS)",
    "201 and Location",
    "4xx and 5xx models",
    "logs",
    "tracing",
    "alarms",
    "binary",
    "proxy response format",
)


def checklist() -> dict[str, tuple[list[str], list[str]]]:
    """Return codes and fault ids by point."""
    text = README.read_text(encoding="utf-8").partition("## The production checklist")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    return {row[0]: (re.findall(r"[A-Z]{2}\d{3}", row[2]), re.findall(r"`([\w-]+)`", row[3])) for row in rows[2:]}


def test_every_point_is_there() -> None:
    assert tuple(checklist()) == POINTS


@pytest.mark.parametrize("point", POINTS)
def test_its_rules_exist_and_its_faults_break_them(point: str) -> None:
    codes, faults = checklist()[point]
    assert codes
    assert set(codes) <= RULES
    assert faults
    for fault_id in faults:
        assert FAULTS[fault_id] & set(codes), f"{fault_id} breaks {FAULTS[fault_id]}, none of {codes}"
