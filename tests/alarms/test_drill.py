"""Drills, end to end: requests → metrics → evaluation → state → SNS → an HTTP subscriber; and what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from alarms.actual import read_alarms
from alarms.alarm import Actions, CompositeAlarm
from alarms.drill import DrillError, Provocation, drills
from alarms.drill_watch import Outcome, look
from alarms.evaluate import AlarmState
from alarms.live import LiveEvaluator
from contracts.alarm_expectations import Cause
from sandbox.deploy import AwsClients, deploy_openapi
from sandbox.sandbox import Sandbox
from stageproof.app import app
from tests.sandbox.subscriber import subscriber, wait_for

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def _mock(status: int) -> dict[str, Any]:
    return {
        "responses": {str(status): {"description": "answer"}},
        "x-amazon-apigateway-integration": {
            "type": "mock",
            "requestTemplates": {"application/json": json.dumps({"statusCode": status})},
            "responses": {str(status): {"statusCode": str(status)}},
        },
    }


_OPENAPI = {
    "openapi": "3.0.3",
    "info": {"title": "pets", "version": "1"},
    "paths": {"/pets": {"get": _mock(200), "post": _mock(200)}, "/broken": {"get": _mock(500)}},
}
_CONFIG = """
[stages.dev]
rest_api_name = "pets"
stage_name = "dev"
contract = "openapi.yaml"
region = "us-east-1"
endpoint_url = "{endpoint_url}"

[alarms]
actions = ["{topic}"]

[alarms.drill]
enabled = true
failing = {{ request = "GET /broken" }}
requests_per_s = 25
deadline = "40s"
poll = "200ms"
"""


class _Stage:
    """A deployed stage in a sandbox whose minutes last a second, and the command line."""

    def __init__(self, sandbox: Sandbox, directory: Path) -> None:
        self.clients = AwsClients.local(sandbox.endpoint_url)
        self.topic = self.clients.get("sns").create_topic(Name="on-call")["TopicArn"]
        contract = directory / "openapi.yaml"
        contract.write_text(yaml.safe_dump(_OPENAPI))
        self.config = directory / "stageproof.toml"
        self.config.write_text(_CONFIG.format(endpoint_url=sandbox.endpoint_url, topic=self.topic))
        deploy_openapi(contract, clients=self.clients, stage_name="dev", lambdas={})

    def run(self, command: str, *arguments: str) -> Result:
        return CliRunner().invoke(app, ["alarms", command, "dev", "--config", str(self.config), *arguments])

    def rewrite(self, old: str, new: str) -> None:
        text = self.config.read_text()
        assert old in text
        self.config.write_text(text.replace(old, new))


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[_Stage]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "sandbox")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "sandbox")
    with Sandbox(evaluator=LiveEvaluator(), alarm_minute_s=1.0) as sandbox:
        yield _Stage(sandbox, tmp_path)


def test_a_drill_rings_alarms_and_a_subscriber_hears_them(stage: _Stage) -> None:
    assert stage.run("apply", "--yes").exit_code == 0
    sns = stage.clients.get("sns")
    with subscriber() as (url, received):
        sns.subscribe(TopicArn=stage.topic, Protocol="http", Endpoint=url)
        wait_for(lambda: sns.get_topic_attributes(TopicArn=stage.topic)["Attributes"]["SubscriptionsConfirmed"] == "1")
        drilled = stage.run("drill", "--json")
        heard = {"stageproof-pets-dev-4xx-rate", "stageproof-pets-dev-5xx-rate"}
        assert drilled.exit_code == 0, drilled.output
        wait_for(lambda: heard <= {body["Subject"].split('"')[1] for _, body in received if "Subject" in body})
    document = json.loads(drilled.stdout)
    assert {one["name"] for one in document["alarms"]} == heard
    assert {one["outcome"] for one in document["alarms"]} == {"told"}
    assert {(one["request"], one["answer"]) for one in document["answers"]} >= {("GET /broken", "500")}
    assert "can ring after 5 min at the earliest" in drilled.stderr
    assert "names nothing to call for requests that take long" in drilled.stderr
    (told,) = [body for _, body in received if "5xx-rate" in body.get("Subject", "")][:1]
    assert json.loads(told["Message"])["NewStateValue"] == "ALARM"


def test_an_alarm_that_does_not_ring_in_time_gives_exit_code_2_unless_it_is_forced(stage: _Stage) -> None:
    stage.rewrite('deadline = "40s"', 'deadline = "1s"')
    assert stage.run("apply", "--yes").exit_code == 0
    drilled = stage.run("drill", "--alarm", "stageproof-pets-dev-5xx-rate")
    assert drilled.exit_code == 2, drilled.output
    assert "stageproof-pets-dev-5xx-rate: did not ring" in drilled.stdout
    assert "0 of 1 alarms rang and told" in drilled.stdout
    drilled = stage.run("drill", "--force-state", "--alarm", "stageproof-pets-dev-latency-p90")
    assert drilled.exit_code == 0, drilled.output
    assert f"{stage.topic}: executed" in drilled.stdout
    assert "nothing was proved about what makes these alarms ring" in drilled.stdout


_REFUSED = [
    ("enabled = true", "enabled = false", (), "does not allow drills"),
    ("requests_per_s = 25", "requests_per_s = 0.1", (), "are fewer than minimum_requests = 10"),
    ("GET /broken", "POST /pets", (), "POST may change data"),
    ("GET /broken", "GET /nowhere", (), "the contract has no such operation"),
    ("GET /broken", "BREW /tea", (), "alarms.drill.failing.request"),
    ("", "", ("--alarm", "stageproof-pets-dev-latency-p90"), "names nothing to call for"),
    ("", "", ("--alarm", "stageproof-pets-dev-unhealthy"), "it tells nobody"),
    ("", "", ("--alarm", "stageproof-pets-dev-5xx-rate"), "that this stage owns"),
]


def test_what_cannot_be_drilled_is_refused_in_one_line(stage: _Stage) -> None:
    assert stage.run("apply", "--yes").exit_code == 0
    cloudwatch = stage.clients.get("cloudwatch")
    (alarm,) = cloudwatch.describe_alarms(AlarmNamePrefix="stageproof-pets-dev-5xx")["MetricAlarms"]
    someone_elses = [{"Key": "stageproof:stage", "Value": "someone/else"}]
    cloudwatch.tag_resource(ResourceARN=alarm["AlarmArn"], Tags=someone_elses)
    text = stage.config.read_text()
    for old, new, arguments, message in _REFUSED:
        stage.rewrite(old, new) if old else None
        drilled = stage.run("drill", *arguments)
        assert drilled.exit_code == 1
        (line,) = drilled.stderr.splitlines()
        assert message in line
        stage.config.write_text(text)


def test_composites_are_drilled_by_what_rings_their_children(stage: _Stage) -> None:
    stage.rewrite("[alarms]", '[alarms]\nnotify = "composite"')
    stage.config.write_text(
        stage.config.read_text()
        + "[alarms.thresholds]\nno_traffic_requests = 1\n[alarms.objective]\navailability = 0.99\n"
    )
    assert stage.run("apply", "--yes").exit_code == 0
    read = read_alarms(stage.clients.get("cloudwatch"), name_prefix="stageproof-")
    held = {name: replace(one, state=AlarmState.OK) for name, one in read.items()}  # silence may ring already
    chosen, left_out = drills(held, (), lambda one: one.cause is not Cause.SLOW)
    made = {one.alarm.alarm_name.removeprefix("stageproof-pets-dev-"): one for one in chosen}
    failing = frozenset({Provocation(cause=Cause.FAILING)})
    assert made["unhealthy"].provocations == failing
    assert made["slo-availability-2pct-in-1h"].provocations == failing
    assert made["slo-availability-2pct-in-1h"].least_s == 60
    assert (made["unhealthy"].least_s, made["4xx-rate"].least_s) == (180, 300)
    reasons = {one.alarm_name.removeprefix("stageproof-pets-dev-"): one.reason for one in left_out}
    assert "tells nobody" in reasons["no-traffic"]
    assert "tells nobody" in reasons["slo-availability-2pct-in-1h-long"]


def test_silence_is_drilled_alone(stage: _Stage) -> None:
    stage.config.write_text(stage.config.read_text() + "[alarms.thresholds]\nno_traffic_requests = 1\n")
    assert stage.run("apply", "--yes").exit_code == 0
    read = read_alarms(stage.clients.get("cloudwatch"), name_prefix="stageproof-")
    held = {
        name: replace(one, state=AlarmState.OK) for name, one in read.items()
    }  # the sandbox is silent from the start
    silent = "stageproof-pets-dev-no-traffic"
    chosen, _ = drills(held, (silent,), lambda _: True)
    assert chosen[0].provocations == frozenset({Provocation(cause=Cause.SILENCE)})
    assert silent in {one.alarm_name for one in drills(held, (), lambda _: True)[1]}
    with pytest.raises(DrillError, match="cannot be drilled together"):
        drills(held, (silent, "stageproof-pets-dev-5xx-rate"), lambda _: True)
    ringing = {name: replace(one, state=AlarmState.ALARM) for name, one in read.items()}
    with pytest.raises(DrillError, match="it rings already"):
        drills(ringing, (silent,), lambda _: True)


class _Many:
    """Stands for CloudWatch with composite alarms, all of which another alarm keeps silent."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def describe_alarms(self, *, AlarmNames: list[str], MaxRecords: int, **_: Any) -> dict[str, Any]:  # noqa: N803
        self.asked.append(len(AlarmNames))
        found = [{"AlarmName": name, "ActionsSuppressedBy": "Alarm"} for name in AlarmNames[:MaxRecords]]
        return {"CompositeAlarms": found}

    def get_paginator(self, _operation: str) -> _Many:
        return self

    def paginate(self, **_: Any) -> list[dict[str, Any]]:
        ring = {"HistoryItemType": "StateUpdate", "HistorySummary": "updated from OK to ALARM", "Timestamp": NOW}
        return [{"AlarmHistoryItems": [ring]}]


def test_more_alarms_are_watched_than_one_call_describes() -> None:
    topic = Actions(alarm=("arn:aws:sns:us-east-1:1:on-call",))
    alarms = [
        CompositeAlarm(alarm_name=f"c{number}", description="", alarm_rule="FALSE", children=(), actions=topic)
        for number in range(130)
    ]
    client = _Many()
    assert {one.outcome for one in look(client, alarms, NOW)} == {Outcome.SUPPRESSED}
    assert client.asked == [100, 30]
