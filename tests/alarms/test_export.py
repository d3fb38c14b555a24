"""Exports are valid for the tools that they are for."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from alarms.desired import desired_alarms, desired_resources
from alarms.export import cloudformation, terraform
from alarms.resource import Resource
from alarms.scope import StageScope
from contracts.alarm_expectations import AlarmExpectations, DashboardExpectations
from dashboards.desired import desired_dashboards
from dashboards.export import cloudformation as cloudformation_dashboards

_TABLE = {
    "actions": ("arn:aws:sns:us-east-1:123456789012:on-call",),
    "operations": ("GET /pets",),
    "objective": {"availability": 0.999},
    "thresholds": {"no_traffic_requests": 1.0, "minimum_requests": 10},
    "tags": {"team": "${pets}"},
}


@pytest.fixture
def resources(scope: StageScope) -> tuple[Resource, ...]:
    alarms = desired_alarms(AlarmExpectations.model_validate(_TABLE), scope, resolve=lambda *_: 0.0)
    return desired_resources(alarms, scope)


def test_cloudformation_templates_pass_cfn_lint(resources: tuple[Resource, ...], scope: StageScope) -> None:
    cfnlint = pytest.importorskip("cfnlint")
    dashboards = desired_dashboards(DashboardExpectations(per_operation=True), scope, ())
    for template in (cloudformation(resources), cloudformation_dashboards(dashboards)):
        assert cfnlint.lint(json.dumps(template), regions=["us-east-1"]) == []


def test_cfn_lint_sees_a_fault(resources: tuple[Resource, ...]) -> None:
    cfnlint = pytest.importorskip("cfnlint")
    template = cloudformation(resources)
    next(iter(template["Resources"].values()))["Properties"]["Threshhold"] = 1
    assert len(cfnlint.lint(json.dumps(template), regions=["us-east-1"])) == 1


def test_cloudformation_keeps_every_alarm_and_its_order(resources: tuple[Resource, ...]) -> None:
    template = cloudformation(resources)["Resources"]
    assert {item["Properties"]["AlarmName"] for item in template.values()} == {
        resource.resource_name for resource in resources
    }
    unhealthy = next(item for label, item in template.items() if label.endswith("Unhealthy"))
    assert set(unhealthy["DependsOn"]) < set(template)


def test_names_that_fold_to_one_label_are_kept_apart(resources: tuple[Resource, ...]) -> None:
    twins = [replace(resources[0], resource_name=name) for name in ("pets-a.b", "pets-a-b")]
    for blocks in (terraform(twins)["resource"]["aws_cloudwatch_metric_alarm"], cloudformation(twins)["Resources"]):
        assert len(blocks) == 2


def test_terraform_keeps_every_alarm(resources: tuple[Resource, ...]) -> None:
    blocks = terraform(resources)["resource"]
    names = {block["alarm_name"] for kind in blocks.values() for block in kind.values()}
    assert names == {resource.resource_name for resource in resources}
    tags = {block["tags"]["team"] for kind in blocks.values() for block in kind.values()}
    assert tags == {"$${pets}"}
