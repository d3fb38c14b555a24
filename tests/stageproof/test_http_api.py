"""A night at an HTTP API in the sandbox: nothing broken, nothing undetermined, and what it lacks is told as such."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from contracts.catalogue import CATALOGUE
from contracts.contract import load_contract
from contracts.evidence import Missing
from contracts.expectations import load_expectations
from contracts.judge import judge_run
from contracts.judgement import Judgement, judge
from contracts.recording import Recording
from contracts.run_evidence import RunEvidence
from probes.aws import aws_session
from probes.http_api_configuration import collect_http_api_configuration
from probes.night import observe
from stageproof.app import app
from stageproof.demonstration import Demonstration, demonstration

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def demonstrated() -> Iterator[Demonstration]:
    with demonstration(example="notes-api") as running:
        yield running


@pytest.fixture(scope="module")
def judgement(demonstrated: Demonstration, tmp_path_factory: pytest.TempPathFactory) -> Judgement:
    budget = {"seed": 3, "max_examples": 5, "workers": 1}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "sandbox")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "sandbox")
        plan = demonstrated.night_plan(tmp_path_factory.mktemp("night") / "recording", budget)
        return judge(Recording.open(observe(plan)), today=datetime.now(UTC).date())


def test_the_healthy_http_api_breaks_nothing_and_leaves_nothing_open(judgement: Judgement) -> None:
    found = [(verdict.rule, verdict.subject, verdict.message) for verdict in judgement.broken]
    assert found == []
    assert judgement.internal_errors == ()
    assert judgement.summary["undetermined"] == 0
    assert judgement.summary["held"] > 100


def test_rules_of_rest_apis_give_no_verdict(judgement: Judgement) -> None:
    judged = {verdict.rule for verdict in judgement.verdicts}
    assert {"MS001", "CO003", "ER004", "AL001", "OB002", "CO013", "CO014", "IS009", "IQ015", "SE007"} <= judged
    assert {"OB001", "OB004", "IQ001", "DP001", "RT002", "MQ001"} & judged == set()


def test_every_request_is_joined_with_its_line_of_the_access_log(judgement: Judgement) -> None:
    entries = judgement.completeness["access_entries"]
    assert entries.found == entries.expected == len(judgement.transactions)
    metrics = judgement.completeness["metrics"]
    assert metrics.found == metrics.expected


def test_what_an_http_api_lacks_is_not_applicable_and_not_missing(judgement: Judgement) -> None:
    for kind in ("executions", "traces"):
        told = judgement.completeness[kind]
        assert (told.expected, told.found) == (0, 0)
        assert told.reason is not None
        assert told.reason.startswith("not applicable")


def test_preflights_and_unknown_paths_were_sent(judgement: Judgement) -> None:
    intents = {one.exchange.intent for one in judgement.transactions}
    assert "header names in lower case" in intents
    assert "preflight to a path that no resource has, from https://app.example.com" in intents
    unknown = next(one for one in judgement.transactions if one.exchange.intent == "a path that no resource has")
    assert unknown.exchange.response is not None
    assert unknown.exchange.response.status == 404
    assert unknown.exchange.prediction is not None
    assert unknown.exchange.prediction.statuses == (404,)


def _config(demonstrated: Demonstration, folder: Path, **stage: Any) -> Path:
    text = demonstrated.config.read_text(encoding="utf-8")
    text = text.replace("a1b2c3d4e5", demonstrated.deployed.http_api_id)
    text = text.replace('"docs/openapi.yaml"', f'"{demonstrated.contract}"')
    text = text.replace("[stages.dev.auth]", f'endpoint_url = "{demonstrated.sandbox.endpoint_url}"\n[stages.dev.auth]')
    for key, value in stage.items():
        text = text.replace(f"{key} = ", f'{key} = "{value}"  # ')
    path = folder / "stageproof.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y", "NOTES_TOKEN": "Bearer allow"}.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("_environment")
def test_the_doctor_finds_everything_that_an_http_api_offers(demonstrated: Demonstration, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["doctor", "dev", "--config", str(_config(demonstrated, tmp_path))])
    assert result.exit_code == 0, result.output
    assert "ok       HTTP API: can be read" in result.output
    assert "ok       execution logging: not applicable" in result.output
    assert "ok       X-Ray tracing: not applicable" in result.output
    assert "ok       access log: /aws/apigateway/notes-api" in result.output
    assert "FAILED" not in result.output


@pytest.mark.usefixtures("_environment")
def test_an_unknown_http_api_is_told_in_one_line(demonstrated: Demonstration, tmp_path: Path) -> None:
    config = _config(demonstrated, tmp_path, http_api_id="nope")
    result = CliRunner().invoke(app, ["doctor", "dev", "--config", str(config)])
    assert result.exit_code != 0
    assert "there is no HTTP API 'nope'" in f"{result.output}{result.exception}"


def _fail_for_some_minutes(demonstrated: Demonstration) -> None:
    """Let metrics tell that half of the requests failed for five minutes, some hours ago."""
    dimensions = [{"Name": "ApiId", "Value": demonstrated.deployed.http_api_id}, {"Name": "Stage", "Value": "$default"}]
    hours_ago = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(hours=5)
    data = [
        {
            "MetricName": name,
            "Dimensions": dimensions,
            "Timestamp": hours_ago + timedelta(minutes=minute),
            "Value": value,
        }
        for name, value in (("Count", 40.0), ("5xx", 20.0))
        for minute in range(5)
    ]
    demonstrated.clients.get("cloudwatch").put_metric_data(Namespace="AWS/ApiGateway", MetricData=data)


def _judged_alarms(demonstrated: Demonstration, judgement: Judgement) -> dict[str, set[str]]:
    """Read the stage with its alarms, and return what rules say of those that they judge."""
    session = aws_session(region="us-east-1", endpoint_url=demonstrated.sandbox.endpoint_url)
    run = RunEvidence(
        contract=load_contract(demonstrated.contract),
        configuration=collect_http_api_configuration(session, demonstrated.deployed.http_api_id, "$default"),
        expectations=load_expectations(demonstrated.config),
        stage_expectations=None,
        transactions=judgement.transactions,
        metrics=Missing(reason="not needed here"),
        completeness={},
        today=datetime.now(UTC).date(),
    )
    verdicts = judge_run(run, [rule for rule in CATALOGUE if rule.code in {"AL005", "AL007", "AL008"}]).verdicts
    judged = [one for one in verdicts if one.outcome.value != "not_applicable"]
    assert len([one for one in judged if one.rule == "AL005"]) == len({one.subject for one in judged}) > 3
    return {code: {one.outcome.value for one in judged if one.rule == code} for code in {one.rule for one in judged}}


@pytest.mark.usefixtures("_environment")
def test_alarms_and_dashboards_of_an_http_api_are_provisioned(
    demonstrated: Demonstration, judgement: Judgement, tmp_path: Path
) -> None:
    config = _config(demonstrated, tmp_path)
    demonstrated.sandbox.flush_telemetry()

    def run(*command: str) -> Result:
        return CliRunner().invoke(app, [*command[:2], "dev", "--config", str(config), *command[2:]])

    planned = run("alarms", "plan")
    assert planned.exit_code == 2, planned.output
    assert "no data of" not in planned.stderr, "the sandbox publishes what the alarms watch"
    assert [run(what, "apply", "--yes").exit_code for what in ("alarms", "dashboards")] == [0, 0]
    assert [run(what, "plan").exit_code for what in ("alarms", "dashboards")] == [0, 0]
    assert _judged_alarms(demonstrated, judgement) == {"AL005": {"held"}, "AL007": {"held"}, "AL008": {"held"}}
    rate = "stageproof-notes-api-$default-5xx-rate"
    demonstrated.clients.get("cloudwatch").disable_alarm_actions(AlarmNames=[rate])
    drifted = run("alarms", "drift")
    assert (drifted.exit_code, "changed by hand" in drifted.stdout) == (2, True)
    _fail_for_some_minutes(demonstrated)
    found = json.loads(run("alarms", "backtest", "--window", "1d", "--json").stdout)
    assert {one["name"]: one["fired"] for one in found["alarms"]}[rate] == 1
    widgets = json.loads(run("dashboards", "preview", "--json", "--no-logs").stdout)["dashboards"][0]["widgets"]
    rates = next(widget for widget in widgets if widget["title"] == "Error rates")
    assert any(value is not None for line in rates["lines"] for value in line["timeline"]["high"])
    exported = json.loads(run("alarms", "export", "--format", "terraform").stdout)["resource"]
    names = [one["alarm_name"] for one in exported["aws_cloudwatch_metric_alarm"].values()]
    assert rate in names
    assert [run(what, "destroy", "--yes").exit_code for what in ("alarms", "dashboards")] == [0, 0]
    assert demonstrated.clients.get("cloudwatch").describe_alarms()["MetricAlarms"] == []


def test_faults_of_two_examples_cannot_be_shown_together() -> None:
    result = CliRunner().invoke(app, ["demo", "--fault", "validator-absent", "--fault", "http-api-header-case"])
    assert result.exit_code != 0
    assert "notes-api and users-api cannot be shown together" in f"{result.output}{result.exception}"


@pytest.mark.usefixtures("_environment")
def test_a_first_file_is_written_from_the_stage(demonstrated: Demonstration, tmp_path: Path) -> None:
    path, api_id = tmp_path / "stageproof.toml", demonstrated.deployed.http_api_id
    where = ["--endpoint-url", demonstrated.sandbox.endpoint_url, "--region", "us-east-1", "--out", str(path)]
    named = ["init", "--http-api-id", api_id, "--stage", "$default", *where]
    without = CliRunner().invoke(app, named)
    assert "the contract of an HTTP API must be named" in f"{without.output}{without.exception}"
    result = CliRunner().invoke(app, [*named, "--contract", str(demonstrated.contract)])
    assert result.exit_code == 0, result.output
    stage = load_expectations(path).stage("$default")
    assert (stage.http_api_id, stage.rest_api_id, stage.stage_name) == (api_id, None, "$default")
    assert stage.auth.bearer_token == "env:STAGEPROOF_TOKEN"


def test_an_api_of_no_or_of_both_kinds_is_refused() -> None:
    for flags in ([], ["--rest-api-id", "a", "--http-api-id", "b"]):
        result = CliRunner().invoke(app, ["init", "--stage", "dev", *flags])
        assert "exactly one of --rest-api-id and --http-api-id" in f"{result.output}{result.exception}"
