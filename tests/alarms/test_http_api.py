"""Alarms and dashboards of an HTTP API: its own metrics, dimensions and settings; nothing that AWS does not promise."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alarms.alarm import CompositeAlarm, MetricAlarm
from alarms.desired import desired_alarms, desired_resources
from alarms.documents import put_arguments
from alarms.drill import provocation_of
from alarms.log_patterns import ExecutionLogOffError
from alarms.meaning import compared_metric
from alarms.plan_text import Head
from alarms.scope import DetailedMetricsError, StageScope
from alarms.thresholds import ThresholdsFromHistory
from contracts.alarm_expectations import AlarmExpectations, Cause, DashboardExpectations
from dashboards.desired import desired_dashboards
from gateway.http_api import HttpApi, HttpApiStage, Route, RouteSettings
from gateway.rest_api import AccessLogSettings
from tests.alarms.stages import no_history

STAGE = (("ApiId", "h1"), ("Stage", "$default"))
LOG = AccessLogSettings(
    destination_arn="arn:aws:logs:us-east-1:123456789012:log-group:notes",
    log_format=json.dumps(
        {"route": "$context.routeKey", "status": "$context.status", "latency": "$context.responseLatency"}
    ),
)


@pytest.fixture
def scope() -> StageScope:
    """A stage with detailed metrics of one of its routes."""
    routes = tuple(Route(route_key=key) for key in ("$default", "GET /notes", "POST /notes"))
    return StageScope(
        api=HttpApi(name="notes", routes=routes, http_api_id="h1"),
        stage=HttpApiStage(
            stage_name="$default",
            route_settings={"GET /notes": RouteSettings(detailed_metrics_enabled=True)},
            access_log_settings=LOG,
        ),
        api_id="h1",
        region="us-east-1",
        account_id="123456789012",
    )


def _desired(scope: StageScope, **table: Any) -> dict[str, MetricAlarm | CompositeAlarm]:
    alarms = desired_alarms(AlarmExpectations.model_validate(table), scope, resolve=no_history)
    return {alarm.alarm_name.removeprefix("stageproof-notes-$default-"): alarm for alarm in alarms}


def _metrics(alarm: MetricAlarm | CompositeAlarm) -> set[tuple[str, str]]:
    assert isinstance(alarm, MetricAlarm)
    return {(metric.metric_name, metric.statistic) for metric in alarm.metrics}


def test_the_metrics_of_an_http_api_are_watched_by_its_id(scope: StageScope) -> None:
    found = _desired(scope, thresholds={"no_traffic_requests": 1.0}, objective={}, anomaly_detection=True)
    watched = {metric for alarm in found.values() if isinstance(alarm, MetricAlarm) for metric in alarm.metrics}
    assert {metric.dimensions for metric in watched} == {STAGE}
    names = {"4xx", "5xx", "Count", "Latency", "IntegrationLatency"}
    assert {metric.metric_name for metric in watched} == names
    assert _metrics(found["no-traffic"]) == {("Count", "Sum")}
    assert _metrics(found["slo-availability-2pct-in-1h-long"]) == {("5xx", "Sum"), ("Count", "Sum")}


@pytest.mark.parametrize(
    ("fewest", "expression"), [(10, "IF(requests >= 10, errors / requests)"), (0, "errors / requests")]
)
def test_a_rate_is_divided_for_aws_promises_only_counts(scope: StageScope, fewest: int, expression: str) -> None:
    alarm = _desired(scope, thresholds={"minimum_requests": fewest})["5xx-rate"]
    assert isinstance(alarm, MetricAlarm)
    assert _metrics(alarm) == {("5xx", "Sum"), ("Count", "Sum")}
    assert [query.expression for query in alarm.queries if query.return_data] == [expression]
    compared = compared_metric(alarm)
    assert compared is not None
    assert (compared.metric_name, compared.statistic) == ("5xx", "Average")
    assert alarm.description.startswith("5xx rate of notes $default above 0.05 for 3 minutes")


def test_routes_have_alarms_where_they_have_metrics(scope: StageScope) -> None:
    alarm = _desired(scope, operations=("GET /notes",))["GET /notes-latency-p90"]
    document = put_arguments(alarm)
    dimensions = {one["Name"]: one["Value"] for one in document["Dimensions"]}
    assert dimensions == {"ApiId": "h1", "Stage": "$default", "Method": "GET", "Resource": "/notes"}
    with pytest.raises(
        DetailedMetricsError, match=r"POST /notes.*detailedMetricsEnabled in the stage's route settings"
    ):
        _desired(scope, operations=("* /notes",))
    with pytest.raises(DetailedMetricsError, match="no deployed operation"):
        _desired(scope, operations=("ANY *",))  # $default has no path, and publishes nothing of its own


def test_an_owner_has_only_characters_that_a_tag_may_hold(scope: StageScope) -> None:
    alarms = tuple(_desired(scope).values())
    owners = {resource.tags["stageproof:stage"] for resource in desired_resources(alarms, scope)}
    assert owners == {"h1/@default"}
    assert Head.of("alarms", scope).document["http_api_id"] == "h1"


def test_there_is_no_execution_log_to_count_lines_of(scope: StageScope) -> None:
    with pytest.raises(ExecutionLogOffError, match="an HTTP API writes no execution log"):
        _desired(scope, log_patterns=True)


def test_a_threshold_of_a_rate_comes_from_the_history_of_the_rate(cloudwatch: Any, scope: StageScope) -> None:
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    for name, value in (("Count", 40.0), ("5xx", 2.0)):
        cloudwatch.put_metric_data(
            Namespace="AWS/ApiGateway",
            MetricData=[
                {
                    "MetricName": name,
                    "Dimensions": [{"Name": key, "Value": text} for key, text in STAGE],
                    "Timestamp": now - timedelta(hours=1),
                    "Value": value,
                }
            ],
        )
    table = AlarmExpectations.model_validate({"thresholds": {"error_rate_5xx": "maximum of 1 day x 2"}})
    alarms = desired_alarms(table, scope, resolve=ThresholdsFromHistory(client=cloudwatch, now=now))
    (rate,) = [alarm for alarm in alarms if alarm.alarm_name.endswith("5xx-rate")]
    assert isinstance(rate, MetricAlarm)
    assert rate.threshold == pytest.approx(0.1)


@pytest.mark.parametrize(("name", "cause"), [("4xx-rate", Cause.REFUSED), ("5xx-rate", Cause.FAILING)])
def test_drills_know_what_rings_them(scope: StageScope, name: str, cause: Cause) -> None:
    alarm = _desired(scope)[name]
    assert isinstance(alarm, MetricAlarm)
    provocation = provocation_of(alarm)
    assert provocation is not None
    assert provocation.cause is cause


def _widgets(scope: StageScope, alarms: tuple[MetricAlarm | CompositeAlarm, ...] = ()) -> dict[str, dict[str, Any]]:
    dashboards = desired_dashboards(DashboardExpectations(per_operation=True), scope, alarms)
    bodies = [one.definition["DashboardBody"]["widgets"] for one in dashboards]
    return {widget["properties"].get("title", ""): widget["properties"] for body in bodies for widget in body}


def test_dashboards_show_rates_data_and_what_the_access_log_has(scope: StageScope) -> None:
    shown = _widgets(scope, tuple(_desired(scope).values()))
    rates = shown["Error rates"]
    assert [entry[0]["expression"] for entry in rates["metrics"] if "expression" in entry[0]] == [
        "e4xx / requests",
        "e5xx / requests",
    ]
    assert [band["label"] for band in rates["annotations"]["horizontal"]] == ["4xx Average alarm", "5xx Average alarm"]
    assert shown["Data processed"]["metrics"][0][:2] == ["AWS/ApiGateway", "DataProcessed"]
    assert "by route, status" in shown["Operations that fail most"]["query"]
    assert "fields @timestamp, latency, route, status" in shown["Slowest requests"]["query"]
    assert {"GET /notes: traffic", "GET /notes: latency"} <= set(shown)
    assert "POST /notes: traffic" not in shown
