"""Applying for real, against the AWS side: what is written, how often, and from where a broken apply goes on."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError

from alarms.actual import read_alarms
from alarms.apply import Applied, Pace, apply_plan
from alarms.desired import desired_alarms, desired_resources
from alarms.plan import ChangeKind, Plan, after_plan, make_plan
from alarms.preflight import check_actions, check_published, check_topics
from alarms.resource import DIGEST_TAG, Resource, held_resource
from alarms.scope import StageScope
from contracts.alarm_expectations import AlarmExpectations
from gateway.rest_api import Stage
from probes.aws import aws_session
from sandbox.deploy import AwsClients
from tests.alarms.stages import no_history

_WRITES = ("Put", "Delete", "Tag", "Untag", "Set", "Enable", "Disable")


class _InterruptedError(Exception):
    """Stands for a kill."""


class _Alarms:
    """A stage's alarms at the AWS side, with every call that writes counted."""

    def __init__(self, client: Any, scope: StageScope) -> None:
        self.client, self.scope = client, scope
        self.written: list[str] = []
        client.meta.events.register("before-call.cloudwatch", self._count)

    def _count(self, model: Any, **_: Any) -> None:
        if model.name.startswith(_WRITES):
            self.written.append(model.name)

    def held(self) -> dict[str, Resource]:
        return {name: held_resource(held) for name, held in read_alarms(self.client, name_prefix="stageproof-").items()}

    def desired(self, **table: Any) -> tuple[Resource, ...]:
        expectations = AlarmExpectations.model_validate(table)
        return desired_resources(desired_alarms(expectations, self.scope, resolve=no_history), self.scope)

    def plan(self, *, adopt: tuple[str, ...] = (), **table: Any) -> Plan:
        return make_plan(self.desired(**table), self.held(), owner=self.scope.owner, adopt=adopt)

    def destruction(self) -> Plan:
        return make_plan((), self.held(), owner=self.scope.owner)

    def apply(self, plan: Plan) -> Applied:
        return apply_plan(self.client, plan, pace=Pace(sleep=lambda _: None))


@pytest.fixture
def alarms(cloudwatch: Any, scope: StageScope) -> _Alarms:
    return _Alarms(cloudwatch, scope)


def _put_other(client: Any, name: str, **arguments: Any) -> None:
    client.put_metric_alarm(
        AlarmName=name,
        Namespace="Other",
        MetricName="Other",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1.0,
        ComparisonOperator="GreaterThanThreshold",
        **arguments,
    )


def test_a_second_apply_writes_nothing(alarms: _Alarms) -> None:
    first = alarms.apply(alarms.plan())
    assert first.reason is None
    assert alarms.written == [*["PutMetricAlarm"] * 4, "PutCompositeAlarm"]
    alarms.written.clear()
    assert alarms.plan().is_empty
    alarms.apply(alarms.plan())
    assert alarms.written == []


def test_tiers_are_put_after_what_suppresses_them(alarms: _Alarms) -> None:
    table: dict[str, Any] = {"objective": {"availability": 0.999}}
    assert alarms.apply(alarms.plan(**table)).reason is None
    assert alarms.plan(**table).is_empty
    assert alarms.apply(alarms.destruction()).reason is None
    assert alarms.held() == {}


def test_what_is_held_after_an_apply_is_what_the_model_says(alarms: _Alarms) -> None:
    for table in ({}, {"tags": {"team": "a"}}, {"thresholds": {"latency_p99_ms": 5000.0}, "tags": {"team": "b"}}):
        plan, before = alarms.plan(**table), alarms.held()
        alarms.apply(plan)
        assert alarms.held() == after_plan(plan, before)
        assert alarms.plan(**table).is_empty


def test_a_change_by_hand_is_seen_and_undone(alarms: _Alarms) -> None:
    alarms.apply(alarms.plan())
    name = "stageproof-pets-dev-latency-p90"
    alarms.client.disable_alarm_actions(AlarmNames=[name])
    (change,) = alarms.plan().changes
    assert (change.resource.resource_name, change.cause) == (name, "changed by hand")
    assert [difference.path for difference in change.differences] == ["ActionsEnabled"]
    alarms.apply(alarms.plan())
    assert alarms.plan().is_empty


def test_destroying_leaves_exactly_what_is_not_owned(alarms: _Alarms) -> None:
    other_stage = replace(alarms.scope, stage=Stage(stage_name="dev-2"))
    neighbour = _Alarms(alarms.client, other_stage)
    neighbour.apply(neighbour.plan())
    _put_other(alarms.client, "stageproof-by-hand")
    _put_other(alarms.client, "unrelated")
    before = alarms.held()
    alarms.apply(alarms.plan())
    assert len(alarms.held()) == len(before) + 5
    alarms.apply(alarms.destruction())
    assert alarms.held() == before
    assert "unrelated" in read_alarms(alarms.client, name_prefix="stageproof-", names=["unrelated"])


def test_an_unowned_alarm_is_adopted_only_by_name(alarms: _Alarms) -> None:
    name = "stageproof-pets-dev-5xx-rate"
    _put_other(alarms.client, name, Tags=[{"Key": "kept", "Value": "yes"}])
    refused = alarms.plan()
    assert [refusal.resource.resource_name for refusal in refused.refusals] == [name]
    adopting = alarms.plan(adopt=(name,))
    assert ChangeKind.ADOPT in {change.kind for change in adopting.changes}
    alarms.apply(adopting)
    assert alarms.plan().is_empty
    assert alarms.held()[name].tags["kept"] == "yes"


def test_tags_that_got_lost_are_set_again_without_touching_the_alarm(alarms: _Alarms) -> None:
    alarms.apply(alarms.plan())
    held = alarms.held()["stageproof-pets-dev-4xx-rate"]
    alarms.client.untag_resource(ResourceARN=held.arn, TagKeys=[DIGEST_TAG])
    alarms.written.clear()
    alarms.apply(alarms.plan())
    assert alarms.written == ["TagResource"]
    assert alarms.plan().is_empty


@pytest.mark.parametrize("kind", ["before-call", "after-call"])
@pytest.mark.parametrize("broken_at", range(1, 10))
def test_a_broken_apply_converges(alarms: _Alarms, broken_at: int, kind: str) -> None:
    alarms.apply(alarms.plan(thresholds={"latency_p99_ms": 1.0}))
    table: dict[str, Any] = {"thresholds": {"latency_p90_ms": 1000.0, "error_rate_5xx": 0.5}, "tags": {"team": "a"}}
    calls = 0

    def interrupt(model: Any, **_: Any) -> None:
        nonlocal calls
        calls += model.name.startswith(_WRITES)
        if calls == broken_at and model.name.startswith(_WRITES):
            raise _InterruptedError

    alarms.client.meta.events.register(f"{kind}.cloudwatch", interrupt)
    with pytest.raises(_InterruptedError):
        alarms.apply(alarms.plan(**table))
    alarms.client.meta.events.unregister(f"{kind}.cloudwatch", interrupt)
    alarms.apply(alarms.plan(**table))
    assert alarms.plan(**table).is_empty
    assert {name for name, held in alarms.held().items() if held.owner == alarms.scope.owner} == {
        resource.resource_name for resource in alarms.desired(**table)
    }


def test_a_refused_call_says_what_remains(alarms: _Alarms) -> None:
    plan = alarms.plan()
    composite = next(change for change in plan.changes if change.resource.needs)
    alone = replace(plan, changes=(composite,))
    applied = alarms.apply(alone)
    assert applied.done == ()
    assert len(applied.remaining) == 1
    assert "do not exist" in str(applied.reason)


def _throttled(client: Any, times: int) -> list[str]:
    """Let CloudWatch throttle the first writes; return the list that the throttled ones are told in."""
    throttled: list[str] = []

    def answer(request: Any, **_: Any) -> AWSResponse | None:
        if b"PutMetricAlarm" not in (request.body or b"") and "PutMetricAlarm" not in str(request.headers):
            return None
        if len(throttled) == times:
            return None
        throttled.append(request.method)
        body = b'{"__type": "Throttling", "message": "Rate exceeded"}'
        headers = HTTPHeaders()
        headers["x-amzn-query-error"] = "Throttling;Sender"
        return AWSResponse(request.url, 400, headers, RawAnswer(body))

    client.meta.events.register("before-send.cloudwatch", answer)
    return throttled


class RawAnswer(BytesIO):
    """An answer as botocore reads it."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


@pytest.fixture
def throttleable(clients: AwsClients, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A client of the kind that the commands use, whose pauses take no time."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "sandbox")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "sandbox")
    endpoint_url = clients.get("cloudwatch").meta.endpoint_url
    return aws_session(region="us-east-1", endpoint_url=endpoint_url).client("cloudwatch")


def test_throttled_writes_are_made_again(throttleable: Any, scope: StageScope) -> None:
    alarms = _Alarms(throttleable, scope)
    throttled = _throttled(throttleable, 2)
    assert alarms.apply(alarms.plan()).reason is None
    assert len(throttled) == 2
    assert alarms.plan().is_empty


def test_an_apply_that_is_throttled_for_good_stops_and_goes_on_later(alarms: _Alarms) -> None:
    once = boto3.client(
        "cloudwatch",
        region_name="us-east-1",
        endpoint_url=alarms.client.meta.endpoint_url,
        aws_access_key_id="sandbox",
        aws_secret_access_key="sandbox",
        config=Config(retries={"total_max_attempts": 1}),
    )
    _throttled(once, 1_000)
    broken = _Alarms(once, alarms.scope).apply(alarms.plan())
    assert "Throttling" in str(broken.reason)
    assert broken.done == ()
    assert alarms.apply(alarms.plan()).reason is None
    assert alarms.plan().is_empty


def test_writes_are_paced() -> None:
    clock, slept = [0.0], list[float]()

    def sleep(duration_s: float) -> None:
        slept.append(round(duration_s, 3))
        clock[0] += duration_s

    pace = Pace(calls_per_s=4.0, sleep=sleep, monotonic=lambda: clock[0])
    for _ in range(4):
        pace.wait()
    assert slept == [0.25, 0.25, 0.25]


def test_topics_are_checked(alarms: _Alarms, clients: AwsClients) -> None:
    sns = clients.get("sns")
    silent = sns.create_topic(Name="silent")["TopicArn"]
    gone = silent.replace("silent", "gone")
    expectations = AlarmExpectations.model_validate({"actions": [silent, gone]}, strict=False)
    desired = desired_alarms(expectations, alarms.scope, resolve=no_history)
    found = {finding.text: finding.is_error for finding in check_topics(sns, desired)}
    assert {(silent in text, gone in text, is_error) for text, is_error in found.items()} == {
        (False, True, True),
        (True, False, False),
    }
    sns.subscribe(TopicArn=silent, Protocol="email", Endpoint="on-call@example.com")
    assert len(list(check_topics(sns, desired))) == 2  # an address that has not confirmed hears nothing
    sns.subscribe(TopicArn=silent, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:123456789012:on-call")
    assert [finding.is_error for finding in check_topics(sns, desired)] == [True]
    nobody = desired_alarms(AlarmExpectations(), alarms.scope, resolve=no_history)
    assert [finding.text[:23] for finding in check_topics(sns, nobody)] == ["no alarm tells anybody:"]


def test_metrics_that_nobody_publishes_are_told(alarms: _Alarms) -> None:
    desired = desired_alarms(AlarmExpectations(), alarms.scope, resolve=no_history)
    (finding,) = check_published(alarms.client, desired)
    assert "5XXError" in finding.text
    for name in ("Count", "4XXError", "5XXError", "Latency", "IntegrationLatency"):
        dimensions = [{"Name": "ApiName", "Value": "pets"}, {"Name": "Stage", "Value": "dev"}]
        datum = {"MetricName": name, "Dimensions": dimensions, "Value": 1.0}
        alarms.client.put_metric_data(Namespace="AWS/ApiGateway", MetricData=[datum])
    assert list(check_published(alarms.client, desired)) == []


class _Topics:
    """Stands for SNS: a topic with attributes, or one that cannot be reached."""

    def __init__(self, attributes: dict[str, str] | None) -> None:
        self.attributes = attributes

    def get_topic_attributes(self, **_: Any) -> dict[str, Any]:
        if self.attributes is None:
            raise EndpointConnectionError(endpoint_url="https://sns.us-east-1.amazonaws.com")
        return {"Attributes": {"SubscriptionsConfirmed": "1", **self.attributes}}


@pytest.mark.parametrize(
    ("attributes", "told"),
    [
        ({}, []),
        ({"KmsMasterKeyId": "alias/own"}, []),
        ({"KmsMasterKeyId": "alias/aws/sns"}, ["which CloudWatch may not use"]),
        (None, ["could not be checked"]),
    ],
)
def test_topics_that_cannot_be_published_to_are_told(
    scope: StageScope, attributes: dict[str, str] | None, told: list[str]
) -> None:
    expectations = AlarmExpectations.model_validate({"actions": ("arn:aws:sns:us-east-1:1:on-call",)})
    desired = desired_alarms(expectations, scope, resolve=no_history)
    found = list(check_topics(_Topics(attributes), desired))
    assert [words in finding.text for words, finding in zip(told, found, strict=True)] == [True] * len(told)


def test_composite_alarms_are_asked_for_nothing_that_they_cannot_do(scope: StageScope) -> None:
    reboot = "arn:aws:automate:us-east-1:ec2:reboot"
    table: dict[str, Any] = {"actions": (reboot, "arn:aws:sns:us-east-1:1:on-call"), "notify": "composite"}
    desired = desired_alarms(AlarmExpectations.model_validate(table), scope, resolve=no_history)
    (finding,) = check_actions(desired)
    assert finding.is_error
    assert reboot in finding.text
    alone = AlarmExpectations.model_validate({**table, "notify": "alarms"})
    assert list(check_actions(desired_alarms(alone, scope, resolve=no_history))) == []


def test_two_applies_at_once_leave_what_both_want(alarms: _Alarms) -> None:
    plan = alarms.plan(objective={"availability": 0.999})
    with ThreadPoolExecutor(2) as pool:
        applied = list(pool.map(alarms.apply, (plan, plan)))
    assert [one.reason for one in applied] == [None, None]
    assert alarms.plan(objective={"availability": 0.999}).is_empty


def test_two_applies_of_different_files_leave_drift_that_is_shown_and_mended(alarms: _Alarms) -> None:
    plans = [alarms.plan(thresholds={"latency_p90_ms": value}) for value in (1000.0, 2000.0)]
    with ThreadPoolExecutor(2) as pool:
        assert [one.reason for one in pool.map(alarms.apply, plans)] == [None, None]
    alarms.apply(alarms.plan(thresholds={"latency_p90_ms": 1000.0}))
    assert alarms.plan(thresholds={"latency_p90_ms": 1000.0}).is_empty
    assert {one.owner for one in alarms.held().values()} == {alarms.scope.owner}
