"""The commands, end to end against the sandbox: exit codes, what they print, what they write."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import botocore.client
import pytest
from botocore.exceptions import ClientError

from tests.alarms.stages import StageAtSandbox, stage_at_sandbox

_Stage = StageAtSandbox


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[_Stage]:
    with stage_at_sandbox(tmp_path, monkeypatch) as deployed:
        yield deployed


def test_a_day_of_alarms(stage: _Stage) -> None:
    planned = stage.run("alarms", "plan")
    assert planned.exit_code == 2
    assert "account 123456789012, Region us-east-1" in planned.stdout
    assert "Plan: 5 to create, 0 to change, 0 to delete." in planned.stdout
    assert "no alarm tells anybody" in planned.stderr
    assert stage.alarm_names() == set()
    assert stage.run("alarms", "apply", "--yes").exit_code == 0
    assert len(stage.alarm_names()) == 5
    assert stage.run("alarms", "plan").exit_code == 0

    stage.cloudwatch.disable_alarm_actions(AlarmNames=["stageproof-pets-dev-5xx-rate"])
    drifted = stage.run("alarms", "drift")
    assert drifted.exit_code == 2
    assert "(changed by hand)" in drifted.stdout
    assert "ActionsEnabled: false → true" in drifted.stdout
    assert json.loads(stage.run("alarms", "drift", "--json").stdout)["changes"][0]["cause"] == "changed by hand"

    stage.cloudwatch.put_metric_alarm(
        AlarmName="stageproof-mine",
        Namespace="n",
        MetricName="m",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1.0,
        ComparisonOperator="GreaterThanThreshold",
    )
    asked = stage.run("alarms", "destroy")
    assert asked.exit_code == 1
    assert "--yes" in asked.stderr
    assert stage.run("alarms", "destroy", "--yes").exit_code == 0
    assert stage.alarm_names() == {"stageproof-mine"}


def test_a_plan_needs_no_right_to_list_other_apis(stage: _Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = botocore.client.BaseClient._make_api_call  # type: ignore[attr-defined]  # where every call goes through

    def refusing(client: Any, operation_name: str, arguments: Any) -> Any:
        if operation_name == "GetRestApis" and refused:
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, operation_name)
        return plain(client, operation_name, arguments)

    refused: list[bool] = []
    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", refusing)
    (rest_api,) = stage.clients.get("apigateway").get_rest_apis()["items"]
    named = stage.config.read_text().replace('rest_api_name = "pets"', f'rest_api_id = "{rest_api["id"]}"')
    stage.config.write_text(named)
    stage.cloudwatch.put_metric_alarm(
        AlarmName="stageproof-cats-dev-busy",
        Namespace="AWS/ApiGateway",
        MetricName="Count",
        Dimensions=[{"Name": "ApiName", "Value": "cats"}, {"Name": "Stage", "Value": "dev"}],
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1.0,
        ComparisonOperator="GreaterThanThreshold",
    )
    refused.append(True)
    planned = stage.run("alarms", "plan")
    assert planned.exit_code == 2, planned.output
    assert "before a renaming of the API are not looked for" in planned.stderr
    assert "Plan: 5 to create, 0 to change, 0 to delete." in planned.stdout


def test_a_saved_plan_is_applied_as_long_as_nothing_moved(stage: _Stage, tmp_path: Path) -> None:
    saved = str(tmp_path / "plan.json")
    assert stage.run("alarms", "plan", "--out", saved).exit_code == 2
    assert stage.run("alarms", "apply", "--plan", saved, "--yes").exit_code == 0
    again = stage.run("alarms", "apply", "--plan", saved, "--yes")
    assert again.exit_code == 1
    assert "has changed since" in again.stderr
    absent = stage.run("alarms", "apply", "--plan", str(tmp_path / "absent.json"))
    assert (absent.exit_code, len(absent.stderr.splitlines())) == (1, 1)


def test_errors_are_one_line_and_exit_code_1(stage: _Stage) -> None:
    stage.expect("p90 = 3\n")
    refused = stage.run("alarms", "plan")
    assert refused.exit_code == 1
    assert len(refused.stderr.splitlines()) == 1


def test_a_topic_that_does_not_exist_is_refused(stage: _Stage) -> None:
    stage.config.write_text(
        stage.config.read_text().replace(
            "[alarms.thresholds]",
            '[alarms]\nactions = ["arn:aws:sns:us-east-1:123456789012:gone"]\n\n[alarms.thresholds]',
        )
    )
    refused = stage.run("alarms", "plan")
    assert refused.exit_code == 1
    assert "does not exist" in refused.stderr


def _put(stage: _Stage, name: str, minutes_ago: int, *values: float) -> None:
    moment = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=minutes_ago)
    dimensions = [{"Name": "ApiName", "Value": "pets"}, {"Name": "Stage", "Value": "dev"}]
    datum = {"MetricName": name, "Dimensions": dimensions, "Timestamp": moment, "Values": list(values)}
    stage.cloudwatch.put_metric_data(Namespace="AWS/ApiGateway", MetricData=[datum])


def test_a_backtest_leaves_out_alarms_on_bands_and_says_so(stage: _Stage) -> None:
    stage.config.write_text(
        stage.config.read_text().replace(
            "[alarms.thresholds]", "[alarms]\nanomaly_detection = true\n\n[alarms.thresholds]"
        )
    )
    for minutes_ago in range(90, 60, -1):
        _put(stage, "Count", minutes_ago, *[1.0] * 10)
        _put(stage, "Latency", minutes_ago, *[9000.0 if 70 < minutes_ago <= 80 else 20.0] * 10)
    page = stage.config.with_name("backtest.html")
    tested = stage.run("alarms", "backtest", "--window", "1d", "--json", "--html", str(page))
    assert tested.exit_code == 0, tested.output
    on_bands = [f"stageproof-pets-dev-{name}-anomaly" for name in ("latency", "traffic")]
    (line,) = tested.stderr.splitlines()
    assert line.startswith("not replayed, for CloudWatch does not publish how it learns bands: ")
    assert sorted(line.partition(": ")[2].split(", ")) == on_bands
    fired = {alarm["name"]: alarm["fired"] for alarm in json.loads(tested.stdout)["alarms"]}
    assert not set(on_bands) & set(fired)
    assert fired["stageproof-pets-dev-latency-p90"] == 1
    assert fired["stageproof-pets-dev-unhealthy"] == 1, "the composite does not stand on bands, and is replayed whole"
    assert not any(name in page.read_text(encoding="utf-8") for name in on_bands)


def test_backtest(stage: _Stage) -> None:
    for minutes_ago in range(90, 60, -1):
        failing = 70 < minutes_ago <= 80
        _put(stage, "Count", minutes_ago, *[1.0] * 10)
        _put(stage, "5XXError", minutes_ago, *[float(failing)] * 10)
    tested = stage.run("alarms", "backtest", "--window", "1d", "--json")
    assert tested.exit_code == 0, tested.output
    found = {alarm["name"]: alarm for alarm in json.loads(tested.stdout)["alarms"]}
    errors = found["stageproof-pets-dev-5xx-rate"]
    assert (errors["fired"], errors["minutes_in_alarm"], errors["noise"]) == (1, 8.0, 1)
    assert found["stageproof-pets-dev-unhealthy"]["fired"] == 1
    page = stage.config.with_name("backtest.html")
    lines = stage.run("alarms", "backtest", "--window", "1d", "--html", str(page)).stdout
    assert "there is no data" in lines
    assert "in account 123456789012, Region us-east-1" in lines
    assert "5XXError Average" in page.read_text(encoding="utf-8")
    assert stage.run("alarms", "backtest", "--window", "soon").exit_code == 1


def test_a_threshold_from_history_is_applied_and_kept(stage: _Stage) -> None:
    stage.expect('latency_p90_ms = "p99 of 14 days × 1.5"\n')  # noqa: RUF001 - as people write it
    without = stage.run("alarms", "plan")
    assert without.exit_code == 1
    assert "has no data in that time; write a number until there is some" in without.stderr
    for minutes_ago in range(200, 100, -1):
        _put(stage, "Latency", minutes_ago, *[100.0] * 9, 400.0 if minutes_ago == 150 else 200.0)
    assert stage.run("alarms", "apply", "--yes").exit_code == 0
    (alarm,) = stage.cloudwatch.describe_alarms(AlarmNames=["stageproof-pets-dev-latency-p90"])["MetricAlarms"]
    assert alarm["Threshold"] == 150.0
    assert alarm["ExtendedStatistic"] == "p90"
    for minutes_ago in range(90, 60, -1):
        _put(stage, "Latency", minutes_ago, *[900.0] * 10)
    assert stage.run("alarms", "plan").exit_code == 0  # derived once, then kept


def test_dashboards(stage: _Stage) -> None:
    assert stage.run("dashboards", "plan").exit_code == 2
    assert stage.run("dashboards", "apply", "--yes").exit_code == 0
    assert stage.run("dashboards", "plan").exit_code == 0
    bodies = json.loads(stage.run("dashboards", "export").stdout)
    held = json.loads(stage.cloudwatch.get_dashboard(DashboardName="stageproof-pets-dev-us-east-1")["DashboardBody"])
    assert bodies == {"stageproof-pets-dev-us-east-1": held}
    assert stage.run("dashboards", "destroy", "--yes").exit_code == 0
    assert stage.cloudwatch.list_dashboards()["DashboardEntries"] == []


def test_import(stage: _Stage) -> None:
    assert stage.run("alarms", "import").exit_code == 0
    dimensions = [{"Name": "ApiName", "Value": "pets"}, {"Name": "Stage", "Value": "dev"}]
    for name, metric_name in (("by-hand-5xx", "5XXError"), ("stageproof-pets-dev-4xx-rate", "4XXError")):
        stage.cloudwatch.put_metric_alarm(
            AlarmName=name,
            Namespace="AWS/ApiGateway",
            MetricName=metric_name,
            Dimensions=dimensions,
            Statistic="Average",
            Period=60,
            EvaluationPeriods=3,
            Threshold=0.1,
            ComparisonOperator="GreaterThanThreshold",
        )
    listed = stage.run("alarms", "import")
    assert listed.exit_code == 2
    assert "in account 123456789012, Region us-east-1" in listed.stdout
    document = json.loads(stage.run("alarms", "import", "--json").stdout)
    assert {one["name"]: one["likeness"] for one in document["candidates"]} == {
        "by-hand-5xx": "same meaning",
        "stageproof-pets-dev-4xx-rate": "same name",
    }
    absent = stage.run("alarms", "import", "gone")
    assert (absent.exit_code, len(absent.stderr.splitlines())) == (1, 1)
    assert stage.run("alarms", "import", "by-hand-5xx", "--yes").exit_code == 2
    assert stage.run("alarms", "import", "--yes", "--apply").exit_code == 0
    assert stage.alarm_names() == {"by-hand-5xx", "stageproof-pets-dev-4xx-rate"}
    blocks = json.loads(stage.run("alarms", "import", "--format", "terraform").stdout)["import"]
    assert blocks == [
        {
            "to": "aws_cloudwatch_metric_alarm.stageproof_pets_dev_4xx_rate",
            "id": "stageproof-pets-dev-4xx-rate",
        }
    ]
    assert stage.run("alarms", "apply", "--yes").exit_code == 0
    assert stage.run("alarms", "plan").exit_code == 0
    assert "by-hand-5xx" not in stage.alarm_names()


def test_the_preview_shows_what_would_be_applied(stage: _Stage) -> None:
    _put(stage, "Count", 3, *[1.0] * 12)
    page = stage.config.with_name("preview.html")
    shown = stage.run("dashboards", "preview", "--out", str(page))
    assert (shown.exit_code, shown.stdout) == (0, f"{page}\n")
    assert "stageproof-pets-dev" in page.read_text(encoding="utf-8")
    document = json.loads(stage.run("dashboards", "preview", "--json", "--window", "1h").stdout)
    assert document["head"].endswith("in account 123456789012, Region us-east-1")
    widgets = {widget["title"]: widget for widget in document["dashboards"][0]["widgets"]}
    assert 12.0 in widgets["Traffic"]["lines"][0]["timeline"]["high"]
    assert stage.cloudwatch.list_dashboards()["DashboardEntries"] == []
    assert stage.run("dashboards", "preview", "--window", "soon").exit_code == 1


@pytest.mark.parametrize("what", ["alarms", "dashboards"])
def test_exports_are_for_known_tools(stage: _Stage, what: str) -> None:
    assert "Resources" in json.loads(stage.run(what, "export", "--format", "cloudformation").stdout)
    assert "resource" in json.loads(stage.run(what, "export", "--format", "terraform").stdout)
    refused = stage.run(what, "export", "--format", "pulumi")
    assert (refused.exit_code, len(refused.stderr.splitlines())) == (1, 1)
