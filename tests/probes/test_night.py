"""Whole nights against the sandbox, with an API of MOCK integrations."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import boto3
import pytest

from contracts.attribution import lacks_the_gateways_ids
from contracts.evidence import Origin, Present
from contracts.expectations import Expectations, parse_expectations
from contracts.join import join
from contracts.recording import Recording
from probes.aws import AwsError, AwsSession
from probes.night import NightInterruptedError, NightPlan, observe
from probes.night_preconditions import NightError
from probes.night_progress import FILE_NAME, read_progress
from probes.progress import Progress
from sandbox.deploy import AwsClients, Deployed, deploy_openapi
from sandbox.sandbox import Sandbox

MOCK = {
    "type": "mock",
    "requestTemplates": {"application/json": '{"statusCode": 200}'},
    "responses": {"default": {"statusCode": "200", "responseTemplates": {"application/json": '{"id": "ada"}'}}},
}


@dataclass
class Deployment:
    sandbox: Sandbox
    deployed: Deployed
    contract: Path

    def plan(self, directory: Path, table: str = "", **changes: Any) -> NightPlan:
        expectations: Expectations = parse_expectations(
            f"""
            [stages.dev]
            rest_api_id = "{self.deployed.rest_api_id}"
            stage_name = "dev"
            contract = "{self.contract}"
            destructive_traffic = true
            {table}
            [stages.dev.auth]
            api_key = "env:USERS_API_KEY"
            [traffic]
            max_examples = 4
            seed = 7
            [cors]
            allowed_origins = ["https://app.example.com"]
            [collection]
            poll_interval = "1s"
            deadline = "20s"
            """
        )
        session = boto3.Session("sandbox", "sandbox", region_name="us-east-1")
        settings: dict[str, Any] = {
            "stage": "dev",
            "expectations": expectations,
            "directory": directory,
            "session": AwsSession(session=session, region="us-east-1", given_endpoint_url=self.sandbox.endpoint_url),
            "environ": {"USERS_API_KEY": self.key},
            "before_collection": self.sandbox.flush_telemetry,
        }
        return NightPlan(**{**settings, **changes})

    @property
    def key(self) -> str:
        return next(iter(self.deployed.api_key_values.values()))


@pytest.fixture(scope="module")
def deployment(users_contract: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    document = json.loads(json.dumps(users_contract))
    for item in document["paths"].values():
        for operation in item.values():
            operation["x-amazon-apigateway-integration"] = MOCK
            operation["responses"] = {"200": {"description": "ok"}}
    del document["paths"]["/users/{userId}"]["delete"]["security"]
    path = tmp_path_factory.mktemp("contract") / "users.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    with Sandbox() as sandbox:
        clients = AwsClients.local(sandbox.endpoint_url)
        yield Deployment(sandbox, deploy_openapi(path, clients=clients, stage_name="dev"), path)


def test_a_night_records_what_was_sent_and_what_aws_saw_of_it(deployment: Deployment, tmp_path: Path) -> None:
    seen: list[Progress] = []
    directory = observe(deployment.plan(tmp_path / "night"), seen.append)
    recording = Recording.open(directory)
    manifest, exchanges = recording.manifest, recording.exchanges()

    assert manifest.complete
    assert manifest.seed == 7
    assert manifest.requested == manifest.sent
    assert set(manifest.sent) >= {"GET /users", "POST /users", "DELETE /users/{userId}"}
    for kind in ("exchanges", "executions", "access_entries", "traces", "metrics"):
        completeness = manifest.completeness[kind]
        assert completeness.expected == completeness.found > 0, (kind, completeness)
    assert len(exchanges) == manifest.completeness["exchanges"].found
    assert {exchange.origin.value for exchange in exchanges} >= {"violation", "preflight", "provocation", "fuzzing"}
    joined = join(exchanges, recording.executions(), recording.access_entries(), recording.traces(), missing={})
    arrived = [each for each in joined if not lacks_the_gateways_ids(each.exchange)]
    assert len(arrived) == len(joined) - 1, "one asks for more bytes of headers than the gateway takes"
    assert all(isinstance(each.execution, Present) and isinstance(each.trace, Present) for each in arrived)
    predicted = [exchange for exchange in exchanges if exchange.prediction and exchange.prediction.gateway_response]
    wrong = [each for each in predicted if each.response and each.response.status not in each.prediction.statuses]  # type: ignore[union-attr]  # chosen for having one
    assert predicted
    assert wrong == []
    assert isinstance(recording.configuration.deployed, Present)
    assert {progress.phase for progress in seen} == {"configuration", "probes", "traffic", "collection"}
    assert not (directory / FILE_NAME).exists()
    written = b"".join(path.read_bytes() for path in directory.rglob("*") if path.is_file())
    assert deployment.key.encode() not in written


def test_an_interrupted_night_is_kept_and_continued(deployment: Deployment, tmp_path: Path) -> None:
    directory = tmp_path / "night"

    def interrupt(progress: Progress) -> None:
        if progress.phase == "traffic" and progress.done == 1 and not interrupted:
            interrupted.append(progress)
            os.kill(os.getpid(), signal.SIGINT)

    interrupted: list[Progress] = []
    with pytest.raises(NightInterruptedError, match=f"stageproof run dev --continue {directory}"):
        observe(deployment.plan(directory), interrupt)
    first = Recording.open(directory)
    kept = len(first.exchanges())
    assert not first.manifest.complete
    assert kept == first.manifest.completeness["exchanges"].found > 0

    observe(deployment.plan(directory, is_continued=True))
    whole = Recording.open(directory)
    assert whole.manifest.complete
    assert whole.manifest.run_id == first.manifest.run_id
    assert whole.manifest.requested == whole.manifest.sent
    exchanges = whole.exchanges()
    assert len(exchanges) > kept
    assert len({exchange.exchange_id for exchange in exchanges}) == len(exchanges)
    assert len([exchange for exchange in exchanges if exchange.origin.value == "preflight"]) == 16


def test_a_killed_night_sends_again_only_what_was_not_done(deployment: Deployment, tmp_path: Path) -> None:
    """The folder as ``kill -9`` would leave it in the middle of the traffic is a copy of it at that moment."""
    directory, killed = tmp_path / "night", tmp_path / "killed"

    def copy(progress: Progress) -> None:
        if progress.phase == "traffic" and not killed.exists() and read_progress(directory).outcomes:
            shutil.copytree(directory, killed)

    observe(_slowly(deployment.plan(directory)), copy)
    done = {outcome.operation for outcome in read_progress(killed).outcomes if outcome.phase == "fuzzing"}
    kept = Recording.open(killed).exchanges()
    assert done
    assert not Recording.open(killed).manifest.complete

    observe(deployment.plan(killed, is_continued=True))
    whole = Recording.open(killed)
    manifest, exchanges = whole.manifest, whole.exchanges()
    again = [each for each in exchanges if each.exchange_id.startswith("traffic1") and each.origin is Origin.FUZZING]
    assert again
    assert not [each for each in again if each.operation in done]
    assert manifest.complete
    assert manifest.requested == manifest.sent
    probes = [each for each in exchanges if each.exchange_id.startswith("probe")]
    told = manifest.completeness["exchanges"]
    assert told.found == told.expected == len(probes) + sum(manifest.sent.values())
    assert len(exchanges) >= len(kept)
    assert len({exchange.exchange_id for exchange in exchanges}) == len(exchanges)


def _slowly(plan: NightPlan) -> NightPlan:
    traffic = plan.expectations.traffic.model_copy(update={"rate_limit": "40/s"})
    return replace(plan, expectations=plan.expectations.model_copy(update={"traffic": traffic}))


def test_credentials_that_end_before_the_logs_are_read_lose_no_traffic(deployment: Deployment, tmp_path: Path) -> None:
    directory = tmp_path / "night"

    def expire() -> None:
        raise AwsError("the AWS credentials have expired (ExpiredToken); sign in again")

    with pytest.raises(NightError, match=rf"sign in again; what was recorded .* --continue {directory}$"):
        observe(deployment.plan(directory, before_collection=expire))
    sent = len(Recording.open(directory).exchanges())
    observe(deployment.plan(directory, is_continued=True))
    whole = Recording.open(directory)
    assert whole.manifest.complete
    assert len(whole.exchanges()) == sent
    assert whole.manifest.completeness["executions"].found > 0


def test_a_stage_that_does_not_answer_is_one_line(deployment: Deployment, tmp_path: Path) -> None:
    plan = deployment.plan(tmp_path / "night", table='invoke_url = "http://127.0.0.1:9/dev"')
    with pytest.raises(NightError, match=r"^http://127.0.0.1:9/dev: the stage does not answer \(ConnectError[^\n]*$"):
        observe(plan)
    assert not Recording.open(tmp_path / "night").manifest.complete


def test_a_spent_time_budget_is_told_in_the_completeness(deployment: Deployment, tmp_path: Path) -> None:
    directory = tmp_path / "night"
    plan = deployment.plan(directory)
    traffic = plan.expectations.traffic.model_copy(update={"time_budget_s": 0.0})
    expectations = plan.expectations.model_copy(update={"traffic": traffic})
    observe(deployment.plan(directory, expectations=expectations))
    manifest = Recording.open(directory).manifest
    assert manifest.completeness["exchanges"].reason is not None
    assert manifest.completeness["exchanges"].expected > manifest.completeness["exchanges"].found
    assert "the time budget is spent" in manifest.completeness["exchanges"].reason


def test_a_folder_that_holds_something_is_left_alone(deployment: Deployment, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(NightError, match="is not empty"):
        observe(deployment.plan(tmp_path))


def test_only_the_same_contract_is_continued(deployment: Deployment, tmp_path: Path) -> None:
    directory = tmp_path / "night"
    with pytest.raises(NightError):
        observe(deployment.plan(directory, table='invoke_url = "http://127.0.0.1:9/dev"'))
    before = deployment.contract.read_text(encoding="utf-8")
    try:
        deployment.contract.write_text(before.replace('"title": "users"', '"title": "other"'), encoding="utf-8")
        with pytest.raises(NightError, match="has changed since"):
            observe(deployment.plan(directory, is_continued=True))
    finally:
        deployment.contract.write_text(before, encoding="utf-8")
