"""A whole night on a stage without an execution log: test invocations let the mapping oracle judge."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from contracts.attribution import lacks_the_gateways_ids
from contracts.evidence import Origin
from contracts.expectations import Expectations, parse_expectations
from contracts.judgement import Judgement, judge
from contracts.recording import Recording
from contracts.verdict import Outcome
from probes.night import NightPlan, observe
from sandbox.sandbox import Sandbox
from tests.contracts.oracle_api import STAGE, OracleApi, backend, deploy_api, outcomes

pytestmark = pytest.mark.slow
MAPPED = {("IQ001", operation) for operation in ("GET /search", "POST /notes/{noteId}", "PUT /notes/{noteId}")}
ANSWERED = {("IS001", operation) for operation in ("GET /status", *(operation for _, operation in MAPPED))}


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OracleApi]:
    with Sandbox() as sandbox, backend() as port:
        api = deploy_api(sandbox, tmp_path_factory.mktemp("oracle"), port)
        off = {"op": "replace", "path": "/*/*/logging/loglevel", "value": "OFF"}
        api.deployment.client.update_stage(restApiId=api.deployed.rest_api_id, stageName=STAGE, patchOperations=[off])
        yield api


def _expectations(api: OracleApi, *, test_invoke: bool, destructive_traffic: bool = True) -> Expectations:
    return parse_expectations(
        f"""
        [stages.dev]
        rest_api_id = "{api.deployed.rest_api_id}"
        stage_name = "dev"
        contract = "{api.contract}"
        destructive_traffic = {str(destructive_traffic).lower()}
        [traffic]
        phases = ["examples", "coverage"]
        modes = ["positive"]
        max_examples = 3
        seed = 7
        test_invoke = {str(test_invoke).lower()}
        [collection]
        poll_interval = "1s"
        deadline = "20s"
        """
    )


def _night(api: OracleApi, directory: Path, *, test_invoke: bool = True, destructive_traffic: bool = True) -> Judgement:
    expectations = _expectations(api, test_invoke=test_invoke, destructive_traffic=destructive_traffic)
    plan = NightPlan(
        stage="dev",
        expectations=expectations,
        directory=directory,
        session=api.session,
        before_collection=api.sandbox.flush_telemetry,
    )
    return judge(Recording.open(observe(plan)), today=date(2026, 3, 1))


def test_without_test_invocations_nothing_can_be_said(api: OracleApi, tmp_path: Path) -> None:
    judgement = _night(api, tmp_path / "night", test_invoke=False)
    assert set(outcomes(judgement, Outcome.UNDETERMINED)) >= MAPPED | ANSWERED
    assert judgement.test_invocations == ()
    assert "test_invocations" not in judgement.completeness


def test_test_invocations_hold_the_mappings_and_nothing_else_looks_at_them(api: OracleApi, tmp_path: Path) -> None:
    judgement = _night(api, tmp_path / "night")
    held = outcomes(judgement, Outcome.HELD)
    assert set(held) >= MAPPED | ANSWERED
    assert "a test invocation: of the API's current configuration" in held["IQ001", "GET /search"].message
    completeness = judgement.completeness["test_invocations"]
    assert completeness.expected == completeness.found == len(judgement.test_invocations) > 0
    assert {one.exchange.origin for one in judgement.test_invocations} == {Origin.TEST_INVOKE}
    assert Origin.TEST_INVOKE not in {one.exchange.origin for one in judgement.transactions}
    seen_by = {one.rule for one in judgement.verdicts if any(name.startswith("test-invoke-") for name in one.evidence)}
    assert seen_by == {"IQ001", "IQ005", "IS001"}
    for kind in ("access_entries", "traces"):
        assert judgement.completeness[kind].expected == judgement.completeness[kind].found
        arrived = [one for one in judgement.transactions if not lacks_the_gateways_ids(one.exchange)]
        assert judgement.completeness[kind].expected == len(arrived)


def test_without_destructive_traffic_operations_that_change_something_stay_undetermined(
    api: OracleApi, tmp_path: Path
) -> None:
    judgement = _night(api, tmp_path / "night", destructive_traffic=False)
    assert {one.exchange.http_method for one in judgement.test_invocations} == {"GET"}
    assert ("IQ001", "GET /search") in outcomes(judgement, Outcome.HELD)
    assert ("IQ001", "PUT /notes/{noteId}") not in outcomes(judgement, Outcome.HELD)


def test_faults_of_the_current_configuration_are_found_before_they_are_deployed(api: OracleApi, tmp_path: Path) -> None:
    deployment = api.deployment
    patch = {"op": "remove", "path": "/requestParameters/integration.request.header.X-Source"}
    deployment.client.update_integration(**deployment.method("GET", "/search"), patchOperations=[patch])
    text = {"op": "replace", "path": "/responseTemplates/application~1json", "value": "{}"}
    where = {**deployment.method("PUT", "/notes/{noteId}"), "statusCode": "200"}
    deployment.client.update_integration_response(**where, patchOperations=[text])

    judgement = _night(api, tmp_path / "night")

    broken = {key for key in outcomes(judgement, Outcome.BROKEN) if key[0] in {"IQ001", "IQ005", "IS001"}}
    assert broken == {("IQ001", "GET /search"), ("IS001", "PUT /notes/{noteId}")}
    verdict = outcomes(judgement, Outcome.BROKEN)["IS001", "PUT /notes/{noteId}"]
    assert "current configuration, which need not be the deployed one" in verdict.message
    assert all(judgement.by_exchange_id[name].exchange.origin is Origin.TEST_INVOKE for name in verdict.evidence)
