"""A preview shows what the metrics, alarms and logs hold now, and says what it could not read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from alarms.desired import desired_alarms
from alarms.live import LiveEvaluator
from alarms.resource import Resource
from alarms.scope import StageScope
from contracts.alarm_expectations import AlarmExpectations, DashboardExpectations
from dashboards.desired import desired_dashboards
from dashboards.live import Live, Table, Unread
from dashboards.preview import preview_document, unread
from gateway.rest_api import AccessLogSettings, RestApi, Stage
from sandbox.aws_side import start_aws_side
from sandbox.control_plane.metric_data import set_metric_math
from sandbox.deploy import ACCESS_LOG_FORMAT, AwsClients

NOW = datetime(2026, 3, 1, 12, 0, 30, tzinfo=UTC)
LOG_ARN = "arn:aws:logs:us-east-1:123456789012:log-group:pets-access"


@pytest.fixture
def scope() -> StageScope:
    log = AccessLogSettings(destination_arn=LOG_ARN, log_format=ACCESS_LOG_FORMAT)
    return StageScope(
        api=RestApi(name="pets"),
        stage=Stage(stage_name="dev", access_log_settings=log),
        api_id="abc123",
        region="us-east-1",
        account_id="123456789012",
    )


@pytest.fixture
def clients() -> Iterator[AwsClients]:
    side = start_aws_side()
    set_metric_math(LiveEvaluator().metric_math)
    yield AwsClients.local(side.endpoint_url)
    set_metric_math(None)
    side.stop()


def _put(cloudwatch: Any, name: str, minutes_ago: int, *values: float) -> None:
    cloudwatch.put_metric_data(
        Namespace="AWS/ApiGateway",
        MetricData=[
            {
                "MetricName": name,
                "Dimensions": [{"Name": "ApiName", "Value": "pets"}, {"Name": "Stage", "Value": "dev"}],
                "Timestamp": NOW.replace(second=0) - timedelta(minutes=minutes_ago),
                "Values": list(values),
            }
        ],
    )


def _live(clients: AwsClients | None = None, **given: Any) -> Live:
    held = {"cloudwatch": clients.get("cloudwatch"), "logs": None} if clients else {}
    return Live.until(NOW, hours=given.pop("hours", 3), **held | given)


def _by_title(document: Mapping[str, Any]) -> dict[str, Any]:
    return {widget["title"]: widget for widget in document["dashboards"][0]["widgets"]}


def _dashboards(scope: StageScope) -> tuple[Resource, ...]:
    alarms = desired_alarms(AlarmExpectations(), scope, resolve=lambda *_: 0.0)
    return desired_dashboards(DashboardExpectations(), scope, alarms)


def test_lines_are_those_of_the_metrics(clients: AwsClients, scope: StageScope) -> None:
    cloudwatch = clients.get("cloudwatch")
    for minutes_ago, requests in ((60, 3), (59, 5), (1, 2)):
        _put(cloudwatch, "Count", minutes_ago, *[1.0] * requests)
        _put(cloudwatch, "Latency", minutes_ago, *[200.0] * requests)
        _put(cloudwatch, "IntegrationLatency", minutes_ago, *[50.0] * requests)
    cloudwatch.put_metric_alarm(
        AlarmName="stageproof-pets-dev-5xx-rate",
        Namespace="Other",
        MetricName="Other",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1.0,
        ComparisonOperator="GreaterThanThreshold",
    )
    cloudwatch.set_alarm_state(AlarmName="stageproof-pets-dev-5xx-rate", StateValue="ALARM", StateReason="a test")
    shown = _by_title(preview_document("Dashboards of pets dev", _dashboards(scope), _live(clients)))
    (traffic,) = shown["Traffic"]["lines"]
    counted = [value for value in traffic["timeline"]["high"] if value is not None]
    assert (counted, traffic["timeline"]["bucket_s"], len(traffic["timeline"]["high"])) == ([3.0, 5.0, 2.0], 60, 180)
    assert traffic["timeline"]["high"].index(3.0) == 180 - 61
    (share,) = shown["Integration share"]["lines"]
    assert {value for value in share["timeline"]["low"] if value is not None} == {25.0}
    assert [line["label"] for line in shown["Latency"]["lines"]] == ["p50", "p90", "p99"]
    assert [band["value"] for band in shown["Latency"]["bands"]] == [2500.0]
    states = {alarm["name"]: alarm["state"] for alarm in shown["Alarms"]["alarms"]}
    assert states["stageproof-pets-dev-5xx-rate"] == "ALARM"
    assert states["stageproof-pets-dev-4xx-rate"] is None
    assert shown["Slowest requests"]["unread"] == "not run: queries were not asked for"


def test_long_windows_have_longer_periods(clients: AwsClients, scope: StageScope) -> None:
    live = _live(clients, hours=30 * 24)
    (traffic,) = _by_title(preview_document("", _dashboards(scope), live))["Traffic"]["lines"]
    assert traffic["timeline"]["bucket_s"] % 300 == 0
    assert len(traffic["timeline"]["high"]) <= 1440


class _Logs:
    """CloudWatch Logs with one answer to every query."""

    def __init__(self, *replies: Mapping[str, Any]) -> None:
        self.replies, self.asked = list(replies), list[Mapping[str, Any]]()

    def start_query(self, **asked: Any) -> Mapping[str, Any]:
        self.asked.append(asked)
        return {"queryId": "q1"}

    def get_query_results(self, **_: Any) -> Mapping[str, Any]:
        return self.replies.pop(0)


def _rows(**row: str) -> Mapping[str, Any]:
    cells = [{"field": name.replace("at_", "@"), "value": value} for name, value in row.items()]
    return {"status": "Complete", "results": [cells]}


QUERY = "SOURCE 'pets-access'\n| filter status >= 400\n| stats count(*) as failures by status\n| limit 20"


def test_rows_are_those_of_the_query() -> None:
    logs = _Logs({"status": "Running"}, _rows(status="502", failures="7", at_ptr="x"))
    start_at = NOW - timedelta(hours=1)
    live = Live(cloudwatch=None, logs=logs, start_at=start_at, end_at=NOW, sleep=lambda _: None)
    assert live.rows(QUERY) == Table(columns=("status", "failures"), rows=(("502", "7"),))
    assert logs.asked[0]["logGroupName"] == "pets-access"
    assert logs.asked[0]["queryString"].startswith("filter status >= 400")


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (_rows(at_timestamp="1", at_message="{}"), "rows came without failures"),
        ({"status": "Failed"}, "did not complete: Failed"),
    ],
)
def test_a_query_that_an_endpoint_cannot_run_is_told(reply: Mapping[str, Any], reason: str) -> None:
    found = _live(cloudwatch=None, logs=_Logs(reply)).rows(QUERY)
    assert isinstance(found, Unread)
    assert reason in found.reason


def test_no_rows_are_no_failure() -> None:
    found = _live(cloudwatch=None, logs=_Logs({"status": "Complete", "results": []})).rows(QUERY)
    assert found == Table(columns=(), rows=())


class _Denied:
    """A client to which everything is refused."""

    def __getattr__(self, name: str) -> Any:
        def refuse(*_: Any, **__: Any) -> Any:
            if name == "get_paginator":
                return self
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, name)

        return refuse


def test_what_is_refused_is_told_with_the_permission_that_is_lacking(scope: StageScope) -> None:
    live = _live(cloudwatch=_Denied(), logs=_Denied())
    document = preview_document("", _dashboards(scope), live)
    told = "\n".join(unread(document))
    for action in ("cloudwatch:GetMetricData", "cloudwatch:DescribeAlarms", "logs:StartQuery"):
        assert f"allow {action}" in told
    assert _by_title(document)["Traffic"]["lines"] == []


class _Failing(_Denied):
    """A client that fails on every query of metrics."""

    def get_paginator(self, _operation: str) -> _Failing:
        return self

    def paginate(self, **_: Any) -> list[dict[str, Any]]:
        failed = {"Id": "line0", "Label": "requests", "Timestamps": [], "Values": [], "StatusCode": "InternalError"}
        return [{"MetricDataResults": [failed]}]


def test_a_metric_that_could_not_be_read_is_no_line_without_values(scope: StageScope) -> None:
    document = preview_document("", _dashboards(scope), _live(cloudwatch=_Failing(), logs=None))
    assert _by_title(document)["Traffic"]["lines"] == []
    assert "could not read requests (InternalError)" in _by_title(document)["Traffic"]["unread"]
