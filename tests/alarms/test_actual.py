"""What is read of an account that has the alarms of many other stages, and alarms of kinds that are not provisioned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from alarms.actual import Orphans, read_stage_alarms
from alarms.apply import Pace, apply_plan
from alarms.desired import desired_alarms, desired_resources
from alarms.documents import read_composite_alarm, read_metric_alarm
from alarms.plan import make_plan
from alarms.resource import OWNER_TAG, Resource, held_resource
from alarms.scope import StageScope
from contracts.alarm_expectations import AlarmExpectations
from gateway.rest_api import RestApi, Stage


def _desired(scope: StageScope) -> tuple[Resource, ...]:
    alarms = desired_alarms(AlarmExpectations(), scope, resolve=lambda *_: 0.0)
    return desired_resources(alarms, scope)


def _apply(client: Any, scope: StageScope) -> None:
    plan = make_plan(_desired(scope), {}, owner=scope.owner)
    assert apply_plan(client, plan, pace=Pace(sleep=lambda _: None)).reason is None


@pytest.fixture
def asked_tags(cloudwatch: Any) -> list[str]:
    """The alarms whose tags were asked for."""
    found: list[str] = []

    def note(params: Mapping[str, Any], **_: Any) -> None:
        found.append(params["ResourceARN"].split(":alarm:")[-1])

    cloudwatch.meta.events.register("provide-client-params.cloudwatch.ListTagsForResource", note)
    return found


def test_tags_of_other_stages_are_not_read(cloudwatch: Any, scope: StageScope, asked_tags: list[str]) -> None:
    for number in range(3):
        other = replace(scope, stage=Stage(stage_name=f"other{number}"), api_id=f"other{number}")
        _apply(cloudwatch, replace(other, api=RestApi(name=f"api{number}")))
    _apply(cloudwatch, scope)
    asked_tags.clear()
    held = read_stage_alarms(cloudwatch, name_start="stageproof-pets-dev-", dimensions=scope.dimensions())
    assert set(held) == set(asked_tags) == {one.resource_name for one in _desired(scope)}


def test_alarms_from_before_the_api_was_renamed_are_found(
    cloudwatch: Any, scope: StageScope, asked_tags: list[str]
) -> None:
    _apply(cloudwatch, scope)
    _apply(cloudwatch, replace(scope, api=RestApi(name="cats"), api_id="def456"))
    renamed = replace(scope, api=RestApi(name="animals"))
    orphans = Orphans(name_prefix="stageproof-", stage_name="dev", api_names=lambda: {"animals", "cats"})
    asked_tags.clear()
    read = read_stage_alarms(
        cloudwatch, name_start="stageproof-animals-dev-", dimensions=renamed.dimensions(), orphans=orphans
    )
    plan = make_plan(_desired(renamed), {name: held_resource(one) for name, one in read.items()}, owner=renamed.owner)
    assert {change.resource.resource_name for change in plan.changes if change.after is None} == {
        one.resource_name for one in _desired(scope)
    }
    assert not [name for name in asked_tags if "cats" in name]


def test_nothing_is_asked_of_api_gateway_where_no_alarm_may_be_orphaned(cloudwatch: Any, scope: StageScope) -> None:
    def refuse() -> set[str]:
        raise AssertionError("no API has to be looked up")

    orphans = Orphans(name_prefix="stageproof-", stage_name="dev", api_names=refuse)
    assert read_stage_alarms(cloudwatch, name_start="s", dimensions=scope.dimensions(), orphans=orphans) == {}


def test_an_alarm_that_is_deleted_meanwhile_is_left_out(cloudwatch: Any, scope: StageScope) -> None:
    _apply(cloudwatch, scope)
    gone = "stageproof-pets-dev-4xx-rate"

    def delete(params: Mapping[str, Any], **_: Any) -> None:
        if params["ResourceARN"].endswith(gone):
            told = {"Error": {"Code": "ResourceNotFoundException", "Message": "Unknown alarm"}}
            raise cloudwatch.exceptions.ResourceNotFoundException(told, "ListTagsForResource")

    cloudwatch.meta.events.register("provide-client-params.cloudwatch.ListTagsForResource", delete)
    held = read_stage_alarms(cloudwatch, name_start="stageproof-pets-dev-", dimensions=scope.dimensions())
    assert set(held) == {one.resource_name for one in _desired(scope)} - {gone}


QUERY = {"Id": "m1", "MetricStat": {"Metric": {"MetricName": "Latency"}, "Period": 60, "Stat": "p90"}}
METRIC_ALARM = {
    "AlarmName": "stageproof-pets-dev-latency-p90",
    "AlarmArn": "arn:aws:cloudwatch:us-east-1:123456789012:alarm:stageproof-pets-dev-latency-p90",
    "Metrics": [QUERY],
    "ComparisonOperator": "GreaterThanThreshold",
    "EvaluationPeriods": 5,
    "Threshold": 1.0,
}


def _definition(**given: Any) -> Mapping[str, Any]:
    return held_resource(read_metric_alarm({**METRIC_ALARM, **given}, {OWNER_TAG: "abc123/dev"})).definition


def _settings() -> Iterator[tuple[str, Any]]:
    yield "EvaluationWindow", {"WallClockWindow": {}}
    yield "WarmUpConfiguration", {"WarmUpPeriodDurationInMinutes": 5}
    yield "ActionConfiguration", {"AlarmTagsPropagation": {"Enabled": True}}


@pytest.mark.parametrize(("key", "value"), list(_settings()))
def test_a_setting_that_no_desired_alarm_has_is_a_difference(key: str, value: Any) -> None:
    assert _definition(**{key: value})[key] == value
    assert key not in _definition()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("EvaluationWindow", {"SlidingWindow": {}}),
        ("ActionConfiguration", {"AlarmTagsPropagation": {"Enabled": False}}),
        ("WarmUpConfiguration", None),
    ],
)
def test_a_default_that_is_written_out_is_none(key: str, value: Any) -> None:
    assert _definition(**{key: value}) == _definition()


def test_a_metric_of_another_account_is_a_difference() -> None:
    own, other = ([{**QUERY, "AccountId": account}] for account in ("123456789012", "999999999999"))
    assert _definition(Metrics=own) == _definition()
    assert _definition(Metrics=other) != _definition()


def test_an_alarm_on_promql_is_read_though_it_has_neither_operator_nor_periods() -> None:
    document = {
        "AlarmName": "stageproof-pets-dev-4xx-rate",
        "EvaluationCriteria": {"PromQLCriteria": {"Query": "up == 0"}},
        "EvaluationInterval": 60,
    }
    definition = held_resource(read_metric_alarm(document, {})).definition
    assert definition["EvaluationCriteria"] == document["EvaluationCriteria"]


def test_a_composite_alarm_that_sends_its_tags_is_a_difference() -> None:
    document = {"AlarmName": "a", "AlarmRule": "ALARM(b)", "ActionConfiguration": {"AlarmTagsPropagation": True}}
    assert "ActionConfiguration" in held_resource(read_composite_alarm(document, {})).definition
