"""Dashboards: valid by CloudWatch's body structure, without overlaps, owned by their text, and planned like alarms."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarms.apply import Pace, apply_plan
from alarms.desired import desired_alarms
from alarms.plan import ChangeKind, make_plan
from alarms.resource import Resource
from alarms.scope import DetailedMetricsError, StageScope
from contracts.alarm_expectations import AlarmExpectations, DashboardExpectations
from dashboards.actual import read_dashboards
from dashboards.body import body_text
from dashboards.desired import DashboardNameError, dashboard_names_start, desired_dashboards
from dashboards.layout import COLUMNS, Widget, laid_out
from gateway.http_api import HttpApi, HttpApiStage, Route, RouteSettings
from gateway.rest_api import AccessLogSettings, Method, MethodSettings, RestApi, Stage
from gateway.rest_api import Resource as ApiResource
from sandbox.aws_side import start_aws_side
from sandbox.deploy import ACCESS_LOG_FORMAT, AwsClients

LOG_ARN = "arn:aws:logs:us-east-1:123456789012:log-group:pets-access"

# From https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
_PROPERTIES: dict[str, dict[str, Any]] = {
    "text": {"required": ["markdown"], "properties": {"markdown": {"type": "string", "minLength": 1}}},
    "alarm": {
        "required": ["alarms"],
        "properties": {
            "alarms": {
                "type": "array",
                "minItems": 1,
                "maxItems": 100,
                "items": {"pattern": "^arn:aws[a-z-]*:cloudwatch:"},
            },
            "title": {"type": "string"},
        },
    },
    "log": {
        "required": ["region", "query"],
        "properties": {
            "region": {"type": "string"},
            "query": {"type": "string", "pattern": "^SOURCE '"},
            "title": {"type": "string"},
            "view": {"enum": ["table", "timeSeries", "bar", "pie"]},
        },
    },
    "metric": {
        "required": ["metrics", "region"],
        "properties": {
            "metrics": {"type": "array", "minItems": 1, "maxItems": 500, "items": {"type": "array", "minItems": 1}},
            "region": {"type": "string"},
            "title": {"type": "string"},
            "view": {"enum": ["timeSeries", "singleValue", "gauge", "bar", "pie"]},
            "stacked": {"type": "boolean"},
            "period": {"type": "integer", "multipleOf": 60},
            "yAxis": {"type": "object"},
            "annotations": {
                "type": "object",
                "properties": {
                    "horizontal": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["value"],
                            "properties": {
                                "value": {"type": "number"},
                                "label": {"type": "string"},
                                "color": {"type": "string", "pattern": "^#[0-9a-f]{6}$"},
                            },
                            "additionalProperties": False,
                        },
                    }
                },
                "additionalProperties": False,
            },
        },
    },
}
_BODY = {
    "type": "object",
    "required": ["widgets"],
    "additionalProperties": False,
    "properties": {
        "start": {"type": "string"},
        "periodOverride": {"enum": ["auto", "inherit"]},
        "widgets": {
            "type": "array",
            "maxItems": 500,
            "items": {
                "oneOf": [
                    {
                        "type": "object",
                        "required": ["type", "x", "y", "width", "height", "properties"],
                        "additionalProperties": False,
                        "properties": {
                            "type": {"const": kind},
                            "x": {"type": "integer", "minimum": 0, "maximum": 23},
                            "y": {"type": "integer", "minimum": 0},
                            "width": {"type": "integer", "minimum": 1, "maximum": 24},
                            "height": {"type": "integer", "minimum": 1, "maximum": 1000},
                            "properties": {"type": "object", "additionalProperties": False, **properties},
                        },
                    }
                    for kind, properties in _PROPERTIES.items()
                ]
            },
        },
    },
}
_VALIDATOR = jsonschema_rs.Draft202012Validator(_BODY)


@pytest.fixture
def scope() -> StageScope:
    methods = tuple(Method(http_method=name) for name in ("GET", "POST"))
    return StageScope(
        api=RestApi(name="my pets", resources=(ApiResource(path="/pets", methods=methods),)),
        stage=Stage(
            stage_name="dev",
            method_settings={"*/*": MethodSettings(metrics_enabled=True)},
            access_log_settings=AccessLogSettings(destination_arn=LOG_ARN, log_format=ACCESS_LOG_FORMAT),
            cache_cluster_enabled=True,
        ),
        api_id="abc123",
        region="us-east-1",
        account_id="123456789012",
    )


@pytest.fixture
def cloudwatch() -> Iterator[Any]:
    side = start_aws_side()
    yield AwsClients.local(side.endpoint_url).get("cloudwatch")
    side.stop()


def _desired(scope: StageScope, **table: Any) -> tuple[Resource, ...]:
    alarms = desired_alarms(AlarmExpectations(operations=("GET /pets",)), scope, resolve=lambda *_: 0.0)
    return desired_dashboards(DashboardExpectations.model_validate(table), scope, alarms)


def _body(dashboard: Resource) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(body_text(dashboard))
    return body


def _titles(body: Mapping[str, Any]) -> list[str]:
    return [widget["properties"].get("title", "") for widget in body["widgets"]]


def _overlaps(widgets: list[dict[str, Any]]) -> bool:
    cells = [
        (x, y)
        for widget in widgets
        for x in range(widget["x"], widget["x"] + widget["width"])
        for y in range(widget["y"], widget["y"] + widget["height"])
    ]
    return len(cells) != len(set(cells)) or any(x >= COLUMNS for x, _ in cells)


def test_bodies_are_valid_and_do_not_overlap(scope: StageScope) -> None:
    dashboards = _desired(scope, per_operation=True)
    assert [dashboard.resource_name for dashboard in dashboards] == [
        "stageproof-my-pets-dev-us-east-1",
        "stageproof-my-pets-dev-us-east-1-operations",
    ]
    for dashboard in dashboards:
        _VALIDATOR.validate(_body(dashboard))
        assert not _overlaps(_body(dashboard)["widgets"])


def test_the_stage_dashboard_shows_everything(scope: StageScope) -> None:
    (dashboard,) = _desired(scope, report_url="https://ci.example/report", contract_url="https://ci.example/openapi")
    body = _body(dashboard)
    assert _titles(body)[1:] == [
        "Alarms",
        "Traffic",
        "Error rates",
        "Latency",
        "Integration share",
        "Cache",
        "Operations that fail most",
        "Error types of the gateway",
        "Slowest requests",
    ]
    markdown = body["widgets"][0]["properties"]["markdown"]
    assert "[Last report](https://ci.example/report)" in markdown
    assert "[Contract](https://ci.example/openapi)" in markdown


def test_thresholds_of_alarms_are_drawn(scope: StageScope) -> None:
    (dashboard,) = _desired(scope)
    by_title = {widget["properties"].get("title"): widget["properties"] for widget in _body(dashboard)["widgets"]}
    lines = {band["label"]: band["value"] for band in by_title["Error rates"]["annotations"]["horizontal"]}
    assert lines == {"4XXError Average alarm": 0.05, "5XXError Average alarm": 0.05}
    assert by_title["Latency"]["annotations"]["horizontal"][0]["value"] == 2500.0


def test_an_access_log_that_is_not_json_has_no_queries(scope: StageScope) -> None:
    log = AccessLogSettings(destination_arn=LOG_ARN, log_format="$context.requestId $context.status")
    assert isinstance(scope.stage, Stage)
    plain = replace(scope, stage=replace(scope.stage, access_log_settings=log, cache_cluster_enabled=False))
    (dashboard,) = _desired(plain)
    assert not {"Cache", "Slowest requests"} & set(_titles(_body(dashboard)))


def test_operations_without_metrics_are_refused(scope: StageScope) -> None:
    silent = replace(scope, stage=Stage(stage_name="dev"))
    with pytest.raises(DetailedMetricsError, match="per_operation"):
        desired_dashboards(DashboardExpectations(per_operation=True), silent, ())


def test_many_operations_are_spread_over_dashboards(scope: StageScope) -> None:
    resources = tuple(ApiResource(path=f"/r{i}", methods=(Method(http_method="GET"),)) for i in range(250))
    large = replace(scope, api=RestApi(name="large", resources=resources))
    dashboards = desired_dashboards(DashboardExpectations(per_operation=True), large, ())
    assert len(dashboards) == 4
    for dashboard in dashboards:
        _VALIDATOR.validate(_body(dashboard))


_sizes = st.builds(
    lambda width, height: Widget(widget_type="text", properties={}, width=width, height=height),
    st.integers(1, COLUMNS),
    st.integers(1, 9),
)


@given(st.lists(_sizes, max_size=40))
def test_no_layout_overlaps(widgets: list[Widget]) -> None:
    assert not _overlaps(laid_out(widgets))


def test_too_many_widgets_are_refused() -> None:
    with pytest.raises(ValueError, match="500"):
        laid_out([Widget(widget_type="text", properties={})] * 501)


def test_plan_apply_drift_destroy(cloudwatch: Any, scope: StageScope) -> None:
    def plan(*desired: Resource) -> Any:
        return make_plan(desired, read_dashboards(cloudwatch, name_prefix="stageproof-"), owner=scope.owner)

    desired = _desired(scope, per_operation=True)
    cloudwatch.put_dashboard(DashboardName="stageproof-by-hand", DashboardBody='{"widgets": []}')
    pace = Pace(sleep=lambda _: None)
    assert len(apply_plan(cloudwatch, plan(*desired), pace=pace).done) == 2
    assert plan(*desired).is_empty
    name = desired[0].resource_name
    body = json.loads(cloudwatch.get_dashboard(DashboardName=name)["DashboardBody"])
    body["widgets"][2]["properties"]["title"] = "by hand"
    cloudwatch.put_dashboard(DashboardName=name, DashboardBody=json.dumps(body))
    (change,) = plan(*desired).changes
    assert (change.cause, [difference.before for difference in change.differences]) == ("changed by hand", ["by hand"])
    apply_plan(cloudwatch, plan(*desired), pace=pace)
    assert plan(*desired).is_empty
    assert len(apply_plan(cloudwatch, plan(), pace=pace).done) == 1
    assert set(read_dashboards(cloudwatch, name_prefix="")) == {"stageproof-by-hand"}


def test_a_dashboard_of_someone_else_is_refused(cloudwatch: Any, scope: StageScope) -> None:
    cloudwatch.put_dashboard(DashboardName="stageproof-my-pets-dev-us-east-1", DashboardBody='{"widgets": []}')
    held = read_dashboards(cloudwatch, name_prefix="stageproof-")
    plan = make_plan(_desired(scope), held, owner=scope.owner)
    assert [refusal.resource.resource_name for refusal in plan.refusals] == ["stageproof-my-pets-dev-us-east-1"]


def test_the_same_api_in_two_regions_has_two_dashboards(cloudwatch: Any, scope: StageScope) -> None:
    pace = Pace(sleep=lambda _: None)
    for region in ("us-east-1", "eu-west-1"):
        there = replace(scope, region=region, api_id=region)
        start = dashboard_names_start(DashboardExpectations(), there)
        held = read_dashboards(cloudwatch, name_prefix=start)
        assert apply_plan(cloudwatch, make_plan(_desired(there), held, owner=there.owner), pace=pace).reason is None
    assert len(read_dashboards(cloudwatch, name_prefix="stageproof-")) == 2


def test_a_dashboard_of_an_earlier_name_is_replaced(cloudwatch: Any, scope: StageScope) -> None:
    (now,) = _desired(scope)
    cloudwatch.put_dashboard(DashboardName="stageproof-my-pets-dev", DashboardBody=body_text(now))
    start = dashboard_names_start(DashboardExpectations(), scope)
    plan = make_plan([now], read_dashboards(cloudwatch, name_prefix=start), owner=scope.owner)
    assert {change.resource.resource_name: change.kind for change in plan.changes} == {
        "stageproof-my-pets-dev": ChangeKind.DELETE,
        "stageproof-my-pets-dev-us-east-1": ChangeKind.CREATE,
    }


def test_a_name_that_is_too_long_is_refused(scope: StageScope) -> None:
    long = replace(scope, api=RestApi(name="p" * 230))
    with pytest.raises(DashboardNameError, match="shorter"):
        desired_dashboards(DashboardExpectations(), long, ())


def test_more_alarms_than_a_widget_shows_get_further_widgets(scope: StageScope) -> None:
    resources = tuple(ApiResource(path=f"/r{i}", methods=(Method(http_method="GET"),)) for i in range(30))
    large = replace(scope, api=RestApi(name="large", resources=resources))
    alarms = desired_alarms(AlarmExpectations(operations=("*",)), large, resolve=lambda *_: 0.0)
    (dashboard,) = desired_dashboards(DashboardExpectations(), large, alarms)
    _VALIDATOR.validate(_body(dashboard))
    shown = [widget["properties"] for widget in _body(dashboard)["widgets"] if widget["type"] == "alarm"]
    assert [one["title"] for one in shown] == ["Alarms 1 to 100", "Alarms 101 to 125"]
    arns = [arn for one in shown for arn in one["alarms"]]
    assert len(set(arns)) == len(alarms)


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_alarms_are_shown_in_their_partition(scope: StageScope, partition: str) -> None:
    (dashboard,) = _desired(replace(scope, partition=partition, region="cn-north-1"))
    shown = next(widget for widget in _body(dashboard)["widgets"] if widget["type"] == "alarm")
    start = f"arn:{partition}:cloudwatch:cn-north-1:123456789012:alarm:stageproof-my pets-dev-"
    assert all(arn.startswith(start) for arn in shown["properties"]["alarms"])


def test_dashboards_of_an_http_api_are_valid(scope: StageScope) -> None:
    http = replace(
        scope,
        api=HttpApi(name="notes", routes=(Route(route_key="GET /notes"),)),
        stage=HttpApiStage(stage_name="$default", default_route_settings=RouteSettings(detailed_metrics_enabled=True)),
    )
    alarms = desired_alarms(AlarmExpectations(operations=("GET /notes",)), http, resolve=lambda *_: 0.0)
    found = desired_dashboards(DashboardExpectations(per_operation=True), http, alarms)
    assert [one.resource_name for one in found] == [
        "stageproof-notes--default-us-east-1",
        "stageproof-notes--default-us-east-1-operations",
    ]
    for dashboard in found:
        _VALIDATOR.validate(_body(dashboard))
        assert dashboard.owner == "abc123/@default"


def test_tags_of_dashboards_are_set_kept_and_changed(cloudwatch: Any, scope: StageScope) -> None:
    def apply(**tags: str) -> list[str]:
        held = read_dashboards(cloudwatch, name_prefix="stageproof-", with_tags=True)
        plan = make_plan(_desired(scope, tags=tags), held, owner=scope.owner)
        return [write.operation for write in apply_plan(cloudwatch, plan, pace=Pace(sleep=lambda _: None)).done]

    assert apply(team="a") == ["put_dashboard"]
    assert apply(team="a") == []
    assert apply(team="b", cost="c") == ["tag_resource"]
    (held,) = read_dashboards(cloudwatch, name_prefix="stageproof-", with_tags=True).values()
    assert held.tags == {"team": "b", "cost": "c"}


class _Warns:
    """Stands for CloudWatch, which takes a dashboard that it cannot show whole."""

    def put_dashboard(self, **_: Any) -> dict[str, Any]:
        return {"DashboardValidationMessages": [{"DataPath": "/widgets/1", "Message": "no such\nproperty"}]}


def test_what_cloudwatch_says_of_a_dashboard_is_told(scope: StageScope) -> None:
    plan = make_plan(_desired(scope), {}, owner=scope.owner)
    applied = apply_plan(_Warns(), plan, pace=Pace(sleep=lambda _: None))
    assert applied.warnings == ("stageproof-my-pets-dev-us-east-1: /widgets/1: no such property",)
