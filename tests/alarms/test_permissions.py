"""The policies of docs/iam allow what the commands call, and nothing that no command calls."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.client
import pytest

from sandbox.deploy import ACCESS_LOG_FORMAT
from tests.alarms.stages import StageAtSandbox, stage_at_sandbox

POLICIES = Path(__file__).parents[2] / "docs" / "iam"
LOG_GROUP = "pets-access"


def _allowed(name: str) -> set[str]:
    found: set[str] = set()
    for statement in json.loads((POLICIES / name).read_text(encoding="utf-8"))["Statement"]:
        actions = statement["Action"]
        found |= {actions} if isinstance(actions, str) else set(actions)
    return found


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The IAM actions of all calls of boto3."""
    found: set[str] = set()
    plain = botocore.client.BaseClient._make_api_call  # type: ignore[attr-defined]  # where every call goes through

    def told(client: Any, operation_name: str, arguments: Any) -> Any:
        service = client.meta.service_model.service_name
        is_reading = operation_name.startswith("Get")
        method = ("GET" if is_reading else "POST") if service == "apigateway" else operation_name
        found.add(f"{'cloudwatch' if service == 'monitoring' else service}:{method}")
        return plain(client, operation_name, arguments)

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", told)
    return found


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StageAtSandbox]:
    """A stage with an access log, whose alarms tell a topic."""
    with stage_at_sandbox(tmp_path, monkeypatch) as deployed:
        topic = deployed.clients.get("sns").create_topic(Name="on-call")["TopicArn"]
        deployed.expect(f'\n[alarms]\nactions = ["{topic}"]\n')
        logs, gateway = deployed.clients.get("logs"), deployed.clients.get("apigateway")
        logs.create_log_group(logGroupName=LOG_GROUP)
        (rest_api,) = gateway.get_rest_apis()["items"]
        settings = {
            "destinationArn": f"arn:aws:logs:us-east-1:123456789012:log-group:{LOG_GROUP}",
            "format": ACCESS_LOG_FORMAT,
        }
        operations = [
            {"op": "replace", "path": f"/accessLogSettings/{key}", "value": value} for key, value in settings.items()
        ]
        gateway.update_stage(restApiId=rest_api["id"], stageName="dev", patchOperations=operations)
        yield deployed


def _run(stage: StageAtSandbox, called: set[str], *commands: tuple[str, ...]) -> set[str]:
    called.clear()
    for command in commands:
        done = stage.run(*command)
        assert done.exit_code in {0, 2}, done.output
    return set(called)


def test_alarms(stage: StageAtSandbox, called: set[str]) -> None:
    reading = ("plan", "drift", "backtest", "import", "export")
    stage.put_by_hand("stageproof-pets-dev-5xx-rate")
    found = _run(stage, called, *(("alarms", name) for name in ("import", "export")))
    writing = (("alarms", "import", "--yes"), ("alarms", "apply", "--yes"))
    written = _run(stage, called, *writing)
    found |= _run(stage, called, *(("alarms", name) for name in reading))
    written |= _run(stage, called, ("alarms", "destroy", "--yes"))
    assert found == _allowed("alarms-plan.json")
    assert found | written == _allowed("alarms-apply.json")


def test_dashboards(stage: StageAtSandbox, called: set[str]) -> None:
    page = str(stage.config.with_name("preview.html"))
    assert stage.run("alarms", "apply", "--yes").exit_code == 0
    reading = (("dashboards", "plan"), ("dashboards", "export"), ("dashboards", "preview", "--out", page))
    stage.expect('\n[dashboards]\ntags = { team = "a" }\n')
    written = _run(stage, called, ("dashboards", "apply", "--yes"))
    stage.config.write_text(stage.config.read_text().replace('team = "a"', 'team = "b"'))
    written |= _run(stage, called, ("dashboards", "apply", "--yes"))
    found = _run(stage, called, *reading)
    written |= _run(stage, called, ("dashboards", "destroy", "--yes"))
    assert found == _allowed("dashboards-plan.json")
    of_preview = {"logs:StartQuery", "logs:GetQueryResults"}
    assert (found | written) - of_preview == _allowed("dashboards-apply.json")
