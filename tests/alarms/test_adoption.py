"""Alarms that others made are found, taken over by tags, and changed only when asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from alarms.actual import read_stage_alarms
from alarms.adoption import AdoptionError, Findings, Likeness, bringing_plan, findings, tagging_plan
from alarms.alarm import Alarm, HeldAlarm
from alarms.apply import Pace, apply_plan
from alarms.desired import desired_alarms, desired_resources
from alarms.documents import put_arguments
from alarms.plan import ChangeKind, Plan, make_plan
from alarms.resource import OWNER_TAG, Resource, held_resource
from alarms.scope import StageScope
from contracts.alarm_expectations import AlarmExpectations
from gateway.rest_api import Stage

NAMESAKE = "stageproof-pets-dev-4xx-rate"
DESIRED = "stageproof-pets-dev-5xx-rate"


class _Adopting:
    """A stage that others have watched so far."""

    def __init__(self, client: Any, scope: StageScope) -> None:
        self.client, self.scope = client, scope
        self.desired: tuple[Alarm, ...] = desired_alarms(AlarmExpectations(), scope, resolve=lambda *_: 0.0)

    def held(self) -> dict[str, HeldAlarm]:
        return read_stage_alarms(self.client, name_start="stageproof-pets-dev-", dimensions=self.scope.dimensions())

    def resources(self) -> dict[str, Resource]:
        return {name: held_resource(held) for name, held in self.held().items()}

    def findings(self) -> Findings:
        return findings(self.desired, self.held(), owner=self.scope.owner)

    def plan(self) -> Plan:
        desired = desired_resources(self.desired, self.scope)
        return make_plan(desired, self.resources(), owner=self.scope.owner)

    def apply(self, plan: Plan) -> None:
        assert apply_plan(self.client, plan, pace=Pace(sleep=lambda _: None)).reason is None

    def put(self, name: str, metric_name: str, *, stage: str = "dev", **given: Any) -> None:
        plain: dict[str, Any] = {
            "AlarmName": name,
            "Namespace": "AWS/ApiGateway",
            "MetricName": metric_name,
            "Dimensions": [{"Name": "ApiName", "Value": "pets"}, {"Name": "Stage", "Value": stage}],
            "Statistic": "Average",
            "Period": 300,
            "EvaluationPeriods": 1,
            "Threshold": 0.2,
            "ComparisonOperator": "GreaterThanThreshold",
        }
        self.client.put_metric_alarm(**plain | given)


@pytest.fixture
def adopting(cloudwatch: Any, scope: StageScope) -> _Adopting:
    return _Adopting(cloudwatch, scope)


def _found(listed: Findings) -> Mapping[str, tuple[Likeness, str]]:
    return {one.name: (one.likeness, one.desired.resource_name) for one in listed.candidates}


def test_namesakes_and_alarms_that_mean_the_same_are_found(adopting: _Adopting) -> None:
    adopting.put("by-hand-5xx", "5XXError")
    adopting.put(NAMESAKE, "Latency")
    adopting.put("by-hand-sum", "5XXError", Statistic="Sum")
    adopting.put("another-stage", "5XXError", stage="prod")
    adopting.client.put_composite_alarm(AlarmName="pager", AlarmRule='ALARM("by-hand-5xx")')
    listed = adopting.findings()
    assert _found(listed) == {"by-hand-5xx": (Likeness.MEANING, DESIRED), NAMESAKE: (Likeness.NAME, NAMESAKE)}
    assert [other.resource_name for other in listed.others] == ["by-hand-sum", "pager"]


def test_adopting_writes_tags_and_nothing_else(adopting: _Adopting) -> None:
    adopting.put("by-hand-5xx", "5XXError", Tags=[{"Key": "team", "Value": "pets"}])
    before = adopting.resources()["by-hand-5xx"]
    adopting.apply(tagging_plan(adopting.findings().candidates, owner=adopting.scope.owner))
    after = adopting.resources()["by-hand-5xx"]
    assert (after.definition, after.owner) == (before.definition, adopting.scope.owner)
    assert after.tags["team"] == "pets"
    assert adopting.findings().candidates == ()
    changes = {change.resource.resource_name: change.kind for change in adopting.plan().changes}
    assert (changes["by-hand-5xx"], changes[DESIRED]) == (ChangeKind.DELETE, ChangeKind.CREATE)
    adopting.apply(adopting.plan())
    assert adopting.plan().is_empty
    assert "by-hand-5xx" not in adopting.resources()


def test_an_alarm_that_is_as_desired_needs_nothing_after_it_is_adopted(adopting: _Adopting) -> None:
    owned = {one.alarm_name: one for one in adopting.desired}
    adopting.client.put_metric_alarm(**put_arguments(replace(owned[DESIRED], tags={})))
    (candidate,) = adopting.findings().candidates
    assert candidate.is_as_desired
    adopting.apply(tagging_plan([candidate], owner=adopting.scope.owner))
    assert DESIRED not in {change.resource.resource_name for change in adopting.plan().changes}


def test_bringing_changes_only_what_was_chosen(adopting: _Adopting) -> None:
    adopting.put("by-hand-5xx", "5XXError")
    adopting.put(NAMESAKE, "4XXError")
    chosen = adopting.findings().chosen(["by-hand-5xx", NAMESAKE])
    made = bringing_plan(chosen, adopting.resources(), owner=adopting.scope.owner)
    assert {(change.resource.resource_name, change.kind) for change in made.changes} == {
        ("by-hand-5xx", ChangeKind.DELETE),
        (DESIRED, ChangeKind.CREATE),
        (NAMESAKE, ChangeKind.UPDATE),
    }
    adopting.apply(made)
    held = adopting.resources()
    assert set(held) == {DESIRED, NAMESAKE}
    assert {one.owner for one in held.values()} == {adopting.scope.owner}
    assert adopting.findings().candidates == ()
    assert {change.kind for change in adopting.plan().changes} == {ChangeKind.CREATE}


def test_what_belongs_to_others_cannot_be_adopted(adopting: _Adopting) -> None:
    neighbour = replace(adopting.scope, stage=Stage(stage_name="prod"))
    adopting.put(NAMESAKE, "4XXError", Tags=[{"Key": OWNER_TAG, "Value": neighbour.owner}])
    adopting.put("by-hand-sum", "5XXError", Statistic="Sum")
    listed = adopting.findings()
    assert listed.candidates == ()
    for name, reason in (
        (NAMESAKE, "belongs to another stage"),
        ("by-hand-sum", "stays as it is"),
        ("gone", "no alarm"),
    ):
        with pytest.raises(AdoptionError, match=reason):
            listed.chosen([name])
