"""Drills of every cause but failures, end to end: slow requests, traffic and silence, and those of an HTTP API."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from typer.testing import CliRunner, Result

from alarms.live import LiveEvaluator
from alarms.resource import OWNER_TAG
from gateway.http_api_openapi import read_http_api
from sandbox.deploy import AwsClients, deploy_openapi
from sandbox.http_api.deploy import deploy_http_api, observed_http_stage
from sandbox.sandbox import Sandbox
from stageproof.app import app
from tests.sandbox.subscriber import wait_for
from tests.servers import served_by

MINUTE_S = 0.5
BACKEND_S = 0.08
_CONFIG = """
[stages.dev]
{api}
contract = "openapi.json"
region = "us-east-1"
endpoint_url = "{endpoint_url}"

[alarms]
actions = ["{topic}"]
composite = false

[alarms.thresholds]
latency_p90_ms = 40
integration_latency_p90_ms = 40
minimum_requests = 2

[alarms.drill]
enabled = true
slow = {{ request = "GET /slow" }}
failing = {{ request = "GET /broken" }}
requests_per_s = 20
deadline = "40s"
poll = "200ms"
"""


class _Slow(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        time.sleep(BACKEND_S)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def backend_url() -> Iterator[str]:
    with served_by(_Slow) as url:
        yield url


class _Stage:
    """A deployed stage, the command line for it, and somebody to tell."""

    def __init__(self, sandbox: Sandbox, directory: Path) -> None:
        self.sandbox, self.directory = sandbox, directory
        self.clients = AwsClients.local(sandbox.endpoint_url)
        self.cloudwatch = self.clients.get("cloudwatch")
        self.topic = self.clients.get("sns").create_topic(Name="on-call")["TopicArn"]
        self.contract = directory / "openapi.json"
        self.owner = self.invoke_url = ""

    def deploy(self, backend_url: str) -> None:
        paths = {path: {"get": _operation(f"{backend_url}{path}")} for path in ("/pets", "/slow")}
        self._write(paths, 'rest_api_name = "pets"\nstage_name = "dev"')
        deployed = deploy_openapi(self.contract, clients=self.clients, stage_name="dev", lambdas={})
        self.owner, self.invoke_url = f"{deployed.rest_api_id}/dev", deployed.invoke_url

    def deploy_http_api(self, backend_url: str) -> None:
        nobody = "http://127.0.0.1:1"
        urls = {"/slow": backend_url, "/broken": nobody}
        paths = {path: {"get": _operation(f"{url}{path}", payloadFormatVersion="1.0")} for path, url in urls.items()}
        contract = self._write(paths, "")
        stage = observed_http_stage("dev", log_group_name="pets", clients=self.clients, rate_limit=500.0)
        deployed = deploy_http_api(read_http_api(contract), clients=self.clients, stage=stage)
        self._write(paths, f'http_api_id = "{deployed.http_api_id}"\nstage_name = "dev"')

    def _write(self, paths: dict[str, Any], api: str) -> dict[str, Any]:
        contract = {"openapi": "3.0.3", "info": {"title": "pets", "version": "1"}, "paths": paths}
        self.contract.write_text(json.dumps(contract))
        text = _CONFIG.format(api=api, endpoint_url=self.sandbox.endpoint_url, topic=self.topic)
        named = [f'"GET {path}"' for path in paths]
        kept = [line for line in text.splitlines() if "request =" not in line or any(name in line for name in named)]
        (self.directory / "stageproof.toml").write_text("\n".join(kept))
        loaded: dict[str, Any] = yaml.safe_load(self.contract.read_text())
        return loaded

    def run(self, command: str, *arguments: str) -> Result:
        config = str(self.directory / "stageproof.toml")
        return CliRunner().invoke(app, ["alarms", command, "dev", "--config", config, *arguments])

    def put_on_count(self, name: str, comparison_operator: str, *, periods: int, missing: str) -> str:
        """Make an alarm on the number of requests that the stage owns, as one that was adopted."""
        self.cloudwatch.put_metric_alarm(
            AlarmName=name,
            Namespace="AWS/ApiGateway",
            MetricName="Count",
            Dimensions=[{"Name": "ApiName", "Value": "pets"}, {"Name": "Stage", "Value": "dev"}],
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=periods,
            Threshold=1.0,
            ComparisonOperator=comparison_operator,
            TreatMissingData=missing,
            AlarmActions=[self.topic],
            Tags=[{"Key": OWNER_TAG, "Value": self.owner}],
        )
        return name

    def state(self, name: str) -> str:
        (alarm,) = self.cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
        return str(alarm["StateValue"])


def _operation(url: str, **integration: str) -> dict[str, Any]:
    return {
        "responses": {"200": {"description": "answer"}},
        "x-amazon-apigateway-integration": {"type": "http_proxy", "httpMethod": "GET", "uri": url, **integration},
    }


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[_Stage]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "sandbox")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "sandbox")
    with Sandbox(evaluator=LiveEvaluator(), alarm_minute_s=MINUTE_S) as sandbox:
        yield _Stage(sandbox, tmp_path)


def _told(drilled: Result) -> dict[str, str]:
    assert drilled.exit_code == 0, drilled.output
    return {one["name"]: one["outcome"] for one in json.loads(drilled.stdout)["alarms"]}


def test_slow_requests_ring_alarms_on_latency_and_any_ring_one_on_traffic(stage: _Stage, backend_url: str) -> None:
    stage.deploy(backend_url)
    assert stage.run("apply", "--yes").exit_code == 0
    slow = [f"stageproof-pets-dev-{name}-p90" for name in ("latency", "integration-latency")]
    busy = stage.put_on_count("stageproof-pets-dev-busy", "GreaterThanThreshold", periods=2, missing="notBreaching")
    drilled = stage.run("drill", "--json", *(word for name in [*slow, busy] for word in ("--alarm", name)))
    assert _told(drilled) == dict.fromkeys([*slow, busy], "told")
    answers = {(one["request"], one["answer"]) for one in json.loads(drilled.stdout)["answers"]}
    assert ("GET /slow", "200") in answers
    assert any(answer.startswith("4") for _, answer in answers), "traffic is of requests that no backend sees"


@contextmanager
def _trickle(url: str, seconds: float) -> Iterator[None]:
    """Send a few requests for some time, and then none."""
    end_s = time.monotonic() + seconds

    def run() -> None:
        while time.monotonic() < end_s:
            httpx.get(url)
            time.sleep(MINUTE_S / 5)

    thread = threading.Thread(target=run)
    thread.start()
    yield
    thread.join()


def test_silence_rings_an_alarm_for_which_nothing_is_sent(stage: _Stage, backend_url: str) -> None:
    stage.deploy(backend_url)
    quiet = stage.put_on_count("stageproof-pets-dev-quiet", "LessThanThreshold", periods=4, missing="breaching")
    with _trickle(f"{stage.invoke_url}/pets", 8):
        wait_for(lambda: stage.state(quiet) == "OK")
        drilled = stage.run("drill", "--json", "--alarm", quiet)
    assert _told(drilled) == {quiet: "told"}
    assert json.loads(drilled.stdout)["answers"] == []
    assert "It sends nothing and waits for silence to be noticed." in drilled.stderr


def test_an_http_api_is_drilled_by_its_own_refusals_failures_and_slowness(stage: _Stage, backend_url: str) -> None:
    stage.deploy_http_api(backend_url)
    assert stage.run("apply", "--yes").exit_code == 0
    drilled = stage.run("drill", "--json")
    names = ("4xx-rate", "5xx-rate", "latency-p90", "integration-latency-p90")
    assert _told(drilled) == dict.fromkeys([f"stageproof-pets-dev-{name}" for name in names], "told")
    answers = {one["answer"] for one in json.loads(drilled.stdout)["answers"]}
    assert {"404", "200"} <= answers
    assert any(answer.startswith("5") for answer in answers)
