"""Exports are valid for the tools that they are for."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from alarms.desired import desired_alarms, desired_resources
from alarms.export import cloudformation, terraform
from alarms.resource import Resource
from alarms.scope import StageScope
from contracts.alarm_expectations import AlarmExpectations

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


def test_cloudformation_template_passes_cfn_lint(resources: tuple[Resource, ...]) -> None:
    cfnlint = pytest.importorskip("cfnlint")
    template = json.dumps(cloudformation(resources))
    assert cfnlint.lint(template, regions=["us-east-1"]) == []


def test_cloudformation_keeps_every_alarm_and_its_order(resources: tuple[Resource, ...]) -> None:
    template = cloudformation(resources)["Resources"]
    assert {item["Properties"]["AlarmName"] for item in template.values()} == {
        resource.resource_name for resource in resources
    }
    unhealthy = next(item for label, item in template.items() if label.endswith("Unhealthy"))
    assert set(unhealthy["DependsOn"]) < set(template)


def test_terraform_keeps_every_alarm(resources: tuple[Resource, ...]) -> None:
    blocks = terraform(resources)["resource"]
    names = {block["alarm_name"] for kind in blocks.values() for block in kind.values()}
    assert names == {resource.resource_name for resource in resources}
    tags = {block["tags"]["team"] for kind in blocks.values() for block in kind.values()}
    assert tags == {"$${pets}"}


@pytest.mark.terraform
@pytest.mark.slow
def test_terraform_configuration_passes_terraform_validate(resources: tuple[Resource, ...], tmp_path: Path) -> None:
    program = shutil.which("terraform")
    if program is None:
        pytest.skip("terraform is not there")
    (tmp_path / "alarms.tf.json").write_text(json.dumps(terraform(resources)))
    for arguments in (["init", "-input=false"], ["validate", "-json"]):
        done = subprocess.run([program, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False)
        if arguments[0] == "init" and done.returncode:
            pytest.skip(f"the AWS provider cannot be had: {done.stderr[-200:]}")
        assert done.returncode == 0, done.stdout + done.stderr
