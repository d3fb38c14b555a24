"""The alarms that are desired: AWS's recommended set, and what goes wrong in the field does not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from alarms.alarm import CompositeAlarm, MetricAlarm
from alarms.burn_rate import UnreachableObjectiveError
from alarms.desired import AlarmNameError, desired_alarms, desired_resources
from alarms.documents import put_arguments
from alarms.evaluate import ComparisonOperator, MissingData
from alarms.scope import DetailedMetricsError, StageScope
from contracts.alarm_expectations import AlarmExpectations, AlarmThresholds
from gateway.rest_api import RestApi
from tests.alarms.stages import no_history

TOPIC = "arn:aws:sns:us-east-1:123456789012:on-call"


def _desired(scope: StageScope, **table: Any) -> dict[str, MetricAlarm | CompositeAlarm]:
    start = f"stageproof-{scope.api.name}-dev-"
    alarms = desired_alarms(AlarmExpectations.model_validate(table), scope, resolve=no_history)
    return {alarm.alarm_name.removeprefix(start): alarm for alarm in alarms}


def _metric_alarm(scope: StageScope, name: str, **table: Any) -> MetricAlarm:
    alarm = _desired(scope, **table)[name]
    assert isinstance(alarm, MetricAlarm)
    return alarm


def test_recommended_set(scope: StageScope) -> None:
    found = {
        name: (alarm.threshold, alarm.comparison_operator, alarm.evaluation_periods, alarm.period_s)
        for name, alarm in _desired(scope, thresholds={"no_traffic_requests": 1.0}).items()
        if isinstance(alarm, MetricAlarm)
    }
    assert found == {
        "4xx-rate": (0.05, ComparisonOperator.GREATER, 5, 60),
        "5xx-rate": (0.05, ComparisonOperator.GREATER, 3, 60),
        "latency-p90": (2500.0, ComparisonOperator.GREATER_OR_EQUAL, 5, 60),
        "integration-latency-p90": (2000.0, ComparisonOperator.GREATER_OR_EQUAL, 5, 60),
        "no-traffic": (1.0, ComparisonOperator.LESS, 10, 60),
    }


def test_every_metric_has_api_name_and_stage(scope: StageScope) -> None:
    alarms = _desired(replace(scope, api=RestApi(name="pets ☂")))
    dimensions = {
        metric.dimensions for alarm in alarms.values() if isinstance(alarm, MetricAlarm) for metric in alarm.metrics
    }
    assert dimensions == {(("ApiName", "pets "), ("Stage", "dev"))}


def test_an_api_whose_name_has_no_ascii_is_known_by_its_id(scope: StageScope) -> None:
    assert dict(replace(scope, api=RestApi(name="用户服务")).dimensions())["ApiName"] == "abc123"


def test_silence_is_an_outage_only_to_the_no_traffic_alarm(scope: StageScope) -> None:
    alarms = _desired(scope, thresholds={"no_traffic_requests": 1.0})
    breaching = {
        name
        for name, alarm in alarms.items()
        if isinstance(alarm, MetricAlarm) and alarm.treat_missing_data is MissingData.BREACHING
    }
    assert breaching == {"no-traffic"}


def test_error_rates_are_guarded_by_a_minimum_of_requests(scope: StageScope) -> None:
    guarded = _metric_alarm(scope, "5xx-rate", thresholds={"minimum_requests": 20})
    assert [query.expression for query in guarded.queries if query.return_data] == ["IF(requests >= 20, rate)"]
    assert len(_metric_alarm(scope, "5xx-rate", thresholds={"minimum_requests": 0}).queries) == 1


def test_a_rate_above_one_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"0\.05 for 5 %"):
        AlarmThresholds(error_rate_5xx=5.0)


def test_operations_need_detailed_metrics(scope: StageScope) -> None:
    assert "GET /pets-5xx-rate" in _desired(scope, operations=("GET /pets",))
    with pytest.raises(DetailedMetricsError, match=r"POST /pets.*metricsEnabled"):
        _desired(scope, operations=("*",))
    with pytest.raises(DetailedMetricsError, match="no deployed operation"):
        _desired(scope, operations=("GET /users",))


def test_alarms_of_an_operation_watch_its_dimensions(scope: StageScope) -> None:
    alarm = _metric_alarm(scope, "GET /pets-latency-p90", operations=("GET /pets",))
    assert dict(alarm.metrics[0].dimensions) == {
        "ApiName": "pets",
        "Method": "GET",
        "Resource": "/pets",
        "Stage": "dev",
    }


def test_every_alarm_tells(scope: StageScope) -> None:
    alarms = _desired(scope, actions=(TOPIC,))
    assert {name for name, alarm in alarms.items() if alarm.actions.alarm != (TOPIC,)} == {"unhealthy"}


def test_the_composite_tells_for_all(scope: StageScope) -> None:
    alarms = _desired(scope, actions=(TOPIC,), notify="composite", operations=("GET /pets",))
    telling = {name for name, alarm in alarms.items() if alarm.actions.alarm}
    assert {"unhealthy", "4xx-rate", "GET /pets-5xx-rate"} <= telling
    assert not {"5xx-rate", "latency-p90"} & telling


def test_errors_of_clients_do_not_make_a_stage_unhealthy(scope: StageScope) -> None:
    composite = _desired(scope)["unhealthy"]
    assert isinstance(composite, CompositeAlarm)
    assert not any("4xx" in child for child in composite.children)
    assert any("5xx" in child for child in composite.children)


def test_nothing_is_desired_when_alarms_are_off(scope: StageScope) -> None:
    assert _desired(scope, enabled=False) == {}


def test_a_name_that_is_too_long_is_refused(scope: StageScope) -> None:
    with pytest.raises(AlarmNameError, match="name_prefix"):
        _desired(replace(scope, api=RestApi(name="x" * 250)))


def test_burn_rate_tiers(scope: StageScope) -> None:
    alarms = _desired(scope, objective={"availability": 0.999}, actions=(TOPIC,))
    long = alarms["slo-availability-2pct-in-1h-long"]
    assert isinstance(long, MetricAlarm)
    assert (long.threshold, long.period_s, long.evaluation_periods) == (0.0144, 3600, 1)
    assert long.queries[0].expression == "IF(valid >= 71, bad / valid, 0)"
    assert long.actions.alarm == ()
    tiers = [alarm for alarm in alarms.values() if isinstance(alarm, CompositeAlarm) and "slo" in alarm.alarm_name]
    assert [tier.actions.alarm for tier in tiers] == [(TOPIC,)] * 4
    suppressors = {tier.alarm_name: tier.suppressor.alarm_name if tier.suppressor else None for tier in tiers}
    start = "stageproof-pets-dev-slo-availability-"
    assert suppressors == {
        f"{start}2pct-in-1h": None,
        f"{start}5pct-in-6h": f"{start}2pct-in-1h",
        f"{start}10pct-in-24h": f"{start}5pct-in-6h",
        f"{start}10pct-in-72h": f"{start}10pct-in-24h",
    }


def test_burn_rates_keep_within_the_limits_of_cloudwatch(scope: StageScope) -> None:
    alarms = _desired(scope, objective={"availability": 0.999, "latency_ms": 500.0})
    for alarm in alarms.values():
        if isinstance(alarm, MetricAlarm):
            limit_s = 86_400 if alarm.period_s < 3600 else 7 * 86_400
            assert alarm.period_s * alarm.evaluation_periods <= limit_s
            assert len(alarm.metrics) <= 10
            assert 0 < alarm.threshold < 1 or "slo" not in alarm.alarm_name


def test_an_objective_that_can_never_be_missed_fast_is_refused(scope: StageScope) -> None:
    with pytest.raises(UnreachableObjectiveError, match="stricter objective"):
        _desired(scope, objective={"availability": 0.9})


def test_anomalies_are_hints_on_bands(scope: StageScope) -> None:
    alarms = _desired(scope, anomaly_detection=True)
    latency = alarms["latency-anomaly"]
    assert isinstance(latency, MetricAlarm)
    assert latency.comparison_operator is ComparisonOperator.ABOVE_BAND
    assert put_arguments(latency)["ThresholdMetricId"] == "band"
    assert "Threshold" not in put_arguments(latency)
    assert all(query["ReturnData"] for query in put_arguments(latency)["Metrics"])
    unhealthy = alarms["unhealthy"]
    assert isinstance(unhealthy, CompositeAlarm)
    assert not any("anomaly" in child for child in unhealthy.children)


@pytest.mark.parametrize("key", ["actions", "ok_actions", "insufficient_data_actions"])
def test_a_state_has_at_most_five_actions(key: str) -> None:
    topics = tuple(f"{TOPIC}-{number}" for number in range(6))
    assert AlarmExpectations.model_validate({key: topics[:5]})
    with pytest.raises(ValidationError, match="at most 5"):
        AlarmExpectations.model_validate({key: topics})


@pytest.mark.parametrize(
    "tags",
    [
        {"aws:team": "a"},
        {"AWS:team": "a"},
        {"stageproof:stage": "other/prod"},
        {"": "a"},
        {"k" * 129: "a"},
        {"team": "a" * 257},
        {f"tag{number}": "a" for number in range(48)},
    ],
)
def test_tags_that_aws_refuses_are_refused_before(tags: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="tags"):
        AlarmExpectations.model_validate({"tags": tags})


def test_an_alarm_has_no_more_tags_than_aws_allows(scope: StageScope) -> None:
    tags = {f"Team {number} (ü)".replace("(", "").replace(")", ""): "a/b:c" for number in range(47)}
    table = AlarmExpectations.model_validate({"tags": tags, "thresholds": {"latency_p90_ms": "p99 of 1 day x 2"}})
    alarms = desired_alarms(table, scope, resolve=lambda *_: 1.0)
    assert max(len(resource.tags) for resource in desired_resources(alarms, scope)) == 50
