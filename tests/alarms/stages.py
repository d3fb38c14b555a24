"""A stage that is deployed to a sandbox, and the command line for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from alarms.alarm import MetricQuery
from contracts.alarm_expectations import HistoryThreshold
from sandbox.aws_side import start_aws_side
from sandbox.deploy import AwsClients, deploy_openapi
from stageproof.app import app

_INTEGRATION = {
    "type": "mock",
    "requestTemplates": {"application/json": '{"statusCode": 200}'},
    "responses": {"default": {"statusCode": "200"}},
}
_OPENAPI = {
    "openapi": "3.0.3",
    "info": {"title": "pets", "version": "1"},
    "paths": {
        "/pets": {
            "get": {
                "responses": {"200": {"description": "ok"}},
                "x-amazon-apigateway-integration": _INTEGRATION,
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

[alarms.thresholds]
minimum_requests = 5
"""


class StageAtSandbox:
    """A deployed stage, and the command line."""

    def __init__(self, endpoint_url: str, directory: Path) -> None:
        self.endpoint_url = endpoint_url
        self.config = directory / "stageproof.toml"
        self.config.write_text(_CONFIG.format(endpoint_url=endpoint_url))
        contract = directory / "openapi.yaml"
        contract.write_text(yaml.safe_dump(_OPENAPI))
        self.clients = AwsClients.local(endpoint_url)
        deploy_openapi(contract, clients=self.clients, stage_name="dev", lambdas={})
        self.cloudwatch: Any = self.clients.get("cloudwatch")

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(app, [*arguments[:2], "dev", "--config", str(self.config), *arguments[2:]])

    def alarm_names(self) -> set[str]:
        reply = self.cloudwatch.describe_alarms(AlarmTypes=["MetricAlarm", "CompositeAlarm"])
        return {alarm["AlarmName"] for kind in ("MetricAlarms", "CompositeAlarms") for alarm in reply[kind]}

    def put_by_hand(self, name: str) -> str:
        """Make an alarm as somebody else would, and return its name."""
        self.cloudwatch.put_metric_alarm(
            AlarmName=name,
            Namespace="Other",
            MetricName="Other",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1.0,
            ComparisonOperator="GreaterThanThreshold",
        )
        return name

    def expect(self, text: str) -> None:
        self.config.write_text(self.config.read_text() + text)


@contextmanager
def stage_at_sandbox(directory: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StageAtSandbox]:
    """Deploy a stage; its expectations lie in a directory."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "sandbox")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "sandbox")
    side = start_aws_side()
    yield StageAtSandbox(side.endpoint_url, directory)
    side.stop()


def no_history(signal: str, queries: tuple[MetricQuery, ...], asked: HistoryThreshold) -> float:
    """Resolve no threshold from history: what asks for one is not meant to."""
    raise AssertionError(f"{signal} asks for history")
