"""Settings above the user's file: merged as tables, a None takes a key away, and still validated."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.expectation_faults import ExpectationsError
from contracts.expectations import parse_expectations
from stageproof.demonstration import example_folder
from stageproof.target import read_expected, with_settings

TOML = """
[stages.dev]
rest_api_name = "users-api"
stage_name = "dev"
contract = "openapi.yaml"

[stages.dev.auth]
bearer_token = "env:TOKEN"

[traffic]
max_examples = 5
"""


def test_tables_are_merged_and_keys_taken_away() -> None:
    tables = {
        "stages": {"dev": {"rest_api_name": None, "rest_api_id": "a1", "auth": {"bearer_token": None, "sigv4": True}}},
        "traffic": {"exclude": ["DELETE *"]},
    }
    found = with_settings(parse_expectations(TOML), tables, source="x")
    stage = found.stage("dev")
    assert (stage.rest_api_name, stage.rest_api_id, stage.stage_name) == (None, "a1", "dev")
    assert (stage.auth.bearer_token, stage.auth.sigv4) == (None, True)
    assert (found.traffic.max_examples, found.traffic.exclude) == (5, ("DELETE *",))


def test_a_wrong_value_is_one_line() -> None:
    with pytest.raises(ExpectationsError) as raised:
        with_settings(parse_expectations(TOML), {"stages": {"dev": {"production": "maybe"}}}, source="the fault")
    assert str(raised.value).startswith("the fault: ")
    assert "production" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_flags_stand_above_settings() -> None:
    settings = [{"traffic": {"seed": 1, "workers": 1}}, {"traffic": {"seed": 2}}]
    config: Path = example_folder() / "stageproof.toml"
    expected = read_expected(config, "dev", traffic={"workers": 3}, settings=settings)
    assert (expected.expectations.traffic.seed, expected.expectations.traffic.workers) == (2, 3)
