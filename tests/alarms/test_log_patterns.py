"""Alarms on the execution log: planned with their metric filters, rung by a line, and taken away again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
import yaml
from botocore.exceptions import ClientError
from typer.testing import CliRunner, Result

from alarms.live import LiveEvaluator
from alarms.log_patterns import PATTERNS, ExecutionLogOffError, log_signals, metric_filters, read_metric_filters
from alarms.resource import Resource
from alarms.scope import StageScope
from sandbox.control_plane.metric_filters import terms
from sandbox.deploy import AwsClients, Deployed, deploy_openapi
from sandbox.sandbox import Sandbox
from stageproof.app import app
from tests.sandbox.subscriber import wait_for

FACTS = json.loads((Path(__file__).parents[1] / "data" / "gateway" / "execution_logs.json").read_text())
_OPENAPI = {
    "openapi": "3.0.3",
    "info": {"title": "pets", "version": "1"},
    "paths": {
        "/pets": {
            "get": {
                "responses": {"200": {"description": "ok"}},
                "x-amazon-apigateway-integration": {
                    "type": "mock",
                    "requestTemplates": {"application/json": '{"statusCode": "none"}'},
                    "responses": {"default": {"statusCode": "200"}},
                },
            }
        }
    },
}
_CONFIG = """
[stages.dev]
rest_api_name = "pets"
stage_name = "dev"
contract = "openapi.yaml"
region = "us-east-1"
endpoint_url = "{endpoint_url}"

[alarms]
log_patterns = true
"""


class _Stage:
    def __init__(self, sandbox: Sandbox, directory: Path) -> None:
        self.clients = AwsClients.local(sandbox.endpoint_url)
        contract = directory / "openapi.yaml"
        contract.write_text(yaml.safe_dump(_OPENAPI))
        self.config = directory / "stageproof.toml"
        self.config.write_text(_CONFIG.format(endpoint_url=sandbox.endpoint_url))
        self.deployed: Deployed = deploy_openapi(contract, clients=self.clients, stage_name="dev", lambdas={})

    def run(self, command: str, *arguments: str) -> Result:
        return CliRunner().invoke(app, ["alarms", command, "dev", "--config", str(self.config), *arguments])

    def call(self) -> None:
        with pytest.raises(HTTPError) as caught:
            urlopen(f"{self.deployed.invoke_url}/pets")
        caught.value.close()

    def filters(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.clients.get("logs").describe_metric_filters()["metricFilters"]
        return found

    def state(self, name: str) -> str:
        (alarm,) = self.clients.get("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
        return str(alarm["StateValue"])


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[_Stage]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "sandbox")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "sandbox")
    with Sandbox(evaluator=LiveEvaluator(), alarm_minute_s=1.0) as sandbox:
        yield _Stage(sandbox, tmp_path)


def test_a_line_of_the_log_rings_and_everything_goes_again(stage: _Stage) -> None:
    stage.call()
    logs = stage.clients.get("logs")
    wait_for(lambda: logs.describe_log_groups(logGroupNamePrefix="API-Gateway-Execution-Logs_")["logGroups"])
    planned = stage.run("plan")
    assert planned.exit_code == 2, planned.output
    assert "stageproof-pets-dev-log-mapping-failures-filter" in planned.stdout
    assert stage.run("apply", "--yes").exit_code == 0
    again = stage.run("plan")
    assert again.exit_code == 0, again.output
    group = f"API-Gateway-Execution-Logs_{stage.deployed.rest_api_id}/dev"
    assert {one["logGroupName"] for one in stage.filters()} == {group}
    wait_for(lambda: stage.state("stageproof-pets-dev-log-mapping-failures") == "OK")

    def rings() -> bool:
        stage.call()
        return stage.state("stageproof-pets-dev-log-mapping-failures") == "ALARM"

    wait_for(rings)
    assert stage.state("stageproof-pets-dev-log-integration-timeouts") == "OK"

    stage.config.write_text(
        stage.config.read_text().replace("log_patterns = true", 'log_patterns = true\nname_prefix = "other"')
    )
    assert stage.run("apply", "--yes").exit_code == 0
    assert {one["filterName"].partition("-")[0] for one in stage.filters()} == {"other"}, "those before are replaced"
    alarms = stage.clients.get("cloudwatch").describe_alarms()["MetricAlarms"]
    assert {one["AlarmName"].partition("-")[0] for one in alarms} == {"other"}
    stage.config.write_text(stage.config.read_text().replace('\nname_prefix = "other"', ""))
    assert stage.run("apply", "--yes").exit_code == 0

    (ours, *_) = stage.filters()
    theirs = {key: ours[key] for key in ("logGroupName", "metricTransformations")}
    theirs["metricTransformations"] = [{**theirs["metricTransformations"][0], "metricNamespace": "Other"}]
    logs.put_metric_filter(filterName="stageproof-theirs", filterPattern="ERROR", **theirs)
    logs.put_metric_filter(**{**ours, "filterPattern": "ERROR"})
    drifted = stage.run("drift")
    assert drifted.exit_code == 2
    assert ours["filterName"] in drifted.stdout
    stage.config.write_text(stage.config.read_text().replace("log_patterns = true", "log_patterns = false"))
    assert stage.run("apply", "--yes").exit_code == 0
    assert [one["filterName"] for one in stage.filters()] == ["stageproof-theirs"]
    assert stage.run("plan").exit_code == 0


def test_patterns_match_lines_that_were_seen_on_aws() -> None:
    """Each pattern matches a known failure; none matches a refusal of a client or a request that went well."""
    lines = [(sample["case"], line) for sample in FACTS["samples"] for line in sample["lines"]]
    hits = {
        pattern.name: {case for case, line in lines if _matches(pattern.filter_pattern, line)} for pattern in PATTERNS
    }
    assert any("integration timeout" in case for case in hits["integration-timeouts"])
    assert any("no integration response" in case for case in hits["mapping-failures"])
    assert any("invalid JSON" in case for case in hits["authorizer-failures"])
    healthy = {case for case, _ in lines if case.startswith(("success", "Lambda authorizer allowed", "request body"))}
    assert healthy
    assert not healthy & set().union(*hits.values())


def _matches(pattern: str, line: str) -> bool:
    every, some = terms(pattern)
    return all(text in line for text in every) and (not some or any(text in line for text in some))


def test_a_stage_without_an_execution_log_is_refused(scope: StageScope) -> None:
    with pytest.raises(ExecutionLogOffError, match="writes no execution log"):
        list(log_signals(scope))


def test_patterns_that_the_sandbox_does_not_match_are_refused(stage: _Stage) -> None:
    logs = stage.clients.get("logs")
    logs.create_log_group(logGroupName="g")
    transformation = {"metricName": "m", "metricNamespace": "n", "metricValue": "1"}
    for pattern in ('{ $.level = "ERROR" }', "[a, b]", "%x%"):
        with pytest.raises(ClientError, match="quoted texts only"):
            logs.put_metric_filter(
                logGroupName="g", filterName="f", filterPattern=pattern, metricTransformations=[transformation]
            )


class _Filters:
    """Stands for CloudWatch Logs with one metric filter."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document

    def get_paginator(self, _operation: str) -> _Filters:
        return self

    def paginate(self, **_: Any) -> list[dict[str, Any]]:
        return [{"metricFilters": [self.document]}]


def _held(scope: StageScope, *, transformation: dict[str, Any], **given: Any) -> Resource:
    (wanted, *_) = metric_filters(scope, "stageproof-pets-dev-")
    published = {**wanted.definition["metricTransformations"][0], **transformation}
    document = {**wanted.definition, "filterName": wanted.resource_name, "metricTransformations": [published], **given}
    (held,) = read_metric_filters(_Filters(document), scope).values()
    return held


@pytest.mark.parametrize("transformation", [{}, {"unit": "None"}, {"dimensions": {}}])
def test_a_filter_as_aws_tells_of_it_is_as_desired(scope: StageScope, transformation: dict[str, Any]) -> None:
    (wanted, *_) = metric_filters(scope, "stageproof-pets-dev-")
    assert _held(scope, transformation=transformation, applyOnTransformedLogs=False).definition == wanted.definition


@pytest.mark.parametrize(
    ("transformation", "given"),
    [
        ({"unit": "Seconds"}, {}),
        ({"dimensions": {"Who": "$.who"}}, {}),
        ({"defaultValue": 0.0}, {}),
        ({"metricValue": "2"}, {}),
        ({}, {"applyOnTransformedLogs": True}),
        ({}, {"fieldSelectionCriteria": "@aws.region = us-east-1"}),
    ],
)
def test_every_change_of_a_filter_is_seen(
    scope: StageScope, transformation: dict[str, Any], given: dict[str, Any]
) -> None:
    (wanted, *_) = metric_filters(scope, "stageproof-pets-dev-")
    assert _held(scope, transformation=transformation, **given).definition != wanted.definition
