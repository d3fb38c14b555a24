"""Terraform and Stageproof mean the same alarms and dashboards: where one has made them, the other changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from alarms.desired import desired_alarms, desired_resources
from alarms.export import terraform
from alarms.scope import StageScope
from contracts.alarm_expectations import AlarmExpectations, DashboardExpectations
from dashboards.desired import desired_dashboards
from dashboards.export import terraform as terraform_dashboards
from tests.alarms.stages import StageAtSandbox, stage_at_sandbox
from tests.terraform_runs import TerraformRuns, needs_terraform

pytestmark = [pytest.mark.terraform, pytest.mark.slow, needs_terraform]

EXPECTATIONS = """
[alarms]
tags = { team = "${pets}" }

[alarms.objective]
availability = 0.999

[dashboards]
report_url = "https://ci.example.com/report.html?run=${run}"
"""


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StageAtSandbox]:
    with stage_at_sandbox(tmp_path, monkeypatch) as stage:
        stage.expect(EXPECTATIONS)
        yield stage


@pytest.fixture
def runs(stage: StageAtSandbox, tmp_path: Path) -> TerraformRuns:
    folder = tmp_path / "terraform"
    folder.mkdir()
    for what in ("alarms", "dashboards"):
        exported = stage.run(what, "export", "--format", "terraform")
        assert exported.exit_code == 0, exported.output
        (folder / f"{what}.tf.json").write_text(exported.stdout, encoding="utf-8")
    runs = TerraformRuns.against(stage.endpoint_url, folder)
    runs.done("init", "-input=false")
    return runs


def test_what_terraform_made_of_the_export_is_what_is_desired(stage: StageAtSandbox, runs: TerraformRuns) -> None:
    assert json.loads(runs.done("validate", "-json"))["valid"] is True
    runs.done("apply", "-input=false", "-auto-approve")
    for what in ("alarms", "dashboards"):
        planned = stage.run(what, "plan")
        assert planned.exit_code == 0, planned.output
    assert len(stage.alarm_names()) == 4 + 1 + 3 * 4
    again = runs.run("plan", "-input=false", "-detailed-exitcode", "-no-color")
    assert again.returncode == 0, again.stdout


def test_what_we_made_is_imported_and_terraform_has_nothing_to_do(stage: StageAtSandbox, runs: TerraformRuns) -> None:
    (runs.folder / "dashboards.tf.json").unlink()
    applied = stage.run("alarms", "apply", "--yes")
    assert applied.exit_code == 0, applied.output
    blocks = stage.run("alarms", "import", "--format", "terraform")
    assert blocks.exit_code == 0, blocks.output
    (runs.folder / "imports.tf.json").write_text(blocks.stdout, encoding="utf-8")
    told = runs.done("apply", "-input=false", "-auto-approve", "-no-color")
    assert "17 imported, 0 added, 0 changed, 0 destroyed" in told
    after = runs.run("plan", "-input=false", "-detailed-exitcode", "-no-color")
    assert after.returncode == 0, after.stdout
    assert stage.run("alarms", "plan").exit_code == 0


def test_alarms_by_hand_under_terraform_are_adopted_as_they_are(stage: StageAtSandbox, runs: TerraformRuns) -> None:
    """An export without our tags, applied by Terraform: import signs the alarms, and the plan is empty."""
    path = runs.folder / "alarms.tf.json"
    document: dict[str, Any] = json.loads(path.read_text())
    for blocks in document["resource"].values():
        for block in blocks.values():
            del block["tags"]
    path.write_text(json.dumps(document))
    runs.done("apply", "-input=false", "-auto-approve")
    assert stage.run("alarms", "plan").exit_code == 1
    adopted = stage.run("alarms", "import", "--yes")
    assert adopted.exit_code == 0, adopted.output
    assert stage.run("alarms", "plan").exit_code == 0


def test_every_kind_of_alarm_is_a_valid_configuration(scope: StageScope, tmp_path: Path) -> None:
    table = {
        "actions": ("arn:aws:sns:us-east-1:123456789012:on-call",),
        "operations": ("GET /pets",),
        "objective": {"availability": 0.999, "latency_ms": 1000.0},
        "anomaly_detection": True,
        "thresholds": {"no_traffic_requests": 1.0, "minimum_requests": 0},
    }
    alarms = desired_alarms(AlarmExpectations.model_validate(table), scope, resolve=lambda *_: 0.0)
    dashboards = desired_dashboards(DashboardExpectations(per_operation=True), scope, alarms)
    (tmp_path / "alarms.tf.json").write_text(json.dumps(terraform(desired_resources(alarms, scope))))
    (tmp_path / "dashboards.tf.json").write_text(json.dumps(terraform_dashboards(dashboards)))
    runs = TerraformRuns.against("http://127.0.0.1:9", tmp_path)
    runs.done("init", "-input=false")
    assert json.loads(runs.done("validate", "-json"))["valid"] is True
