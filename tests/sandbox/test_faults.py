"""The catalogue of faults: what every fault tells, and what the shared parts of faults do."""

from __future__ import annotations

import time
from typing import Any

import pytest

from contracts.catalogue import CATALOGUE
from contracts.verdict import Step
from sandbox.deploy import AwsClients, load_document
from sandbox.faults.catalogue import ALL_FAULTS
from sandbox.faults.fault import Deployment, Fault, nothing
from sandbox.faults.log_streams import keep_only
from sandbox.sandbox import Sandbox
from stageproof.demonstration import example_folder

RULES = {rule.code: rule for rule in CATALOGUE}


@pytest.mark.parametrize("fault", ALL_FAULTS, ids=lambda fault: fault.fault_id)
def test_a_fault_names_a_rule_that_finds_its_mode_at_its_step(fault: Fault) -> None:
    rule = RULES[fault.rule]
    assert fault.failure_mode in rule.failure_modes
    assert Step(fault.step) is rule.step
    assert set(fault.consequences) <= set(RULES)


@pytest.mark.parametrize("fault", ALL_FAULTS, ids=lambda fault: fault.fault_id)
def test_a_fault_is_planted_somewhere(fault: Fault) -> None:
    parts = (fault.plant, fault.spoil_telemetry)
    assert any(part is not nothing for part in parts) or fault.write_contract is not None


@pytest.mark.parametrize(
    "fault", [fault for fault in ALL_FAULTS if fault.write_contract is not None], ids=lambda fault: fault.fault_id
)
def test_a_fault_of_the_contract_changes_it(fault: Fault) -> None:
    path = example_folder() / "docs" / "openapi.yaml"
    before, after = load_document(path), load_document(path)
    assert fault.write_contract is not None
    fault.write_contract(after)
    assert before != after


def test_log_streams_keep_what_they_are_to_keep_in_order() -> None:
    with Sandbox() as sandbox:
        clients = AwsClients.local(sandbox.endpoint_url)
        first_ms = int(time.time() * 1000) - 10_000
        logs: Any = clients.get("logs")
        logs.create_log_group(logGroupName="g")
        logs.create_log_stream(logGroupName="g", logStreamName="s")
        events = [{"timestamp": first_ms + number, "message": f"line {number}"} for number in range(2_500)]
        for start in range(0, 2_500, 500):
            logs.put_log_events(logGroupName="g", logStreamName="s", logEvents=events[start : start + 500])
        deployment = Deployment(clients=clients, rest_api_id="a", stage_name="dev")
        keep_only(deployment, "g", lambda line: not line.endswith("7"))
        kept = _messages(logs)
    assert kept == [event["message"] for event in events if not str(event["message"]).endswith("7")]


def _messages(logs: Any) -> list[str]:
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName="g")
    return [event["message"] for page in pages for event in page["events"]]
