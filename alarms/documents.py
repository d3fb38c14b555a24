"""Alarms as CloudWatch's API writes them: PutMetricAlarm, PutCompositeAlarm, DescribeAlarms. One form each way.

See: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from alarms.alarm import (
    Actions,
    Alarm,
    CompositeAlarm,
    Dimensions,
    HeldAlarm,
    Metric,
    MetricAlarm,
    MetricQuery,
    Suppressor,
)
from alarms.composite_rule import AlarmRuleError, alarm_names, read_rule
from alarms.evaluate import AlarmState, ComparisonOperator, MissingData

SINGLE_QUERY_ID = "m1"

_FURTHER = (
    "ActionConfiguration",
    "EvaluationCriteria",
    "EvaluationInterval",
    "EvaluationWindow",
    "WarmUpConfiguration",
)
_NO_TAGS_SENT = {"AlarmTagsPropagation": {"Enabled": False}}

Document = Mapping[str, Any]


def put_arguments(alarm: Alarm) -> dict[str, Any]:
    """Return the arguments of PutMetricAlarm or PutCompositeAlarm, tags included."""
    document = _metric_alarm(alarm) if isinstance(alarm, MetricAlarm) else _composite_alarm(alarm)
    document |= {
        "AlarmName": alarm.alarm_name,
        "AlarmDescription": alarm.description,
        "ActionsEnabled": alarm.actions.enabled,
        "AlarmActions": list(alarm.actions.alarm),
        "OKActions": list(alarm.actions.ok),
        "InsufficientDataActions": list(alarm.actions.insufficient_data),
        "Tags": tag_list(alarm.tags),
    }
    return document | dict(alarm.further)


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Return tags as the API has them."""
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]


def read_metric_alarm(document: Document, tags: Mapping[str, str]) -> HeldAlarm:
    """Read one of ``MetricAlarms``. Defaults that AWS leaves out are filled in, and so is what other kinds lack.

    An alarm on PromQL has neither operator nor periods; it is compared by ``EvaluationCriteria``, which is its all.
    """
    periods = int(document.get("EvaluationPeriods") or 1)
    alarm = MetricAlarm(
        alarm_name=document["AlarmName"],
        description=document.get("AlarmDescription") or "",
        queries=_queries(document),
        comparison_operator=ComparisonOperator(document.get("ComparisonOperator") or ComparisonOperator.GREATER),
        threshold=float(document.get("Threshold") or 0.0),
        evaluation_periods=periods,
        datapoints_to_alarm=int(document.get("DatapointsToAlarm") or periods),
        treat_missing_data=MissingData(document.get("TreatMissingData") or "missing"),
        evaluate_low_sample_count_percentile=_low_samples(document.get("EvaluateLowSampleCountPercentile")),
        threshold_metric_id=document.get("ThresholdMetricId"),
        actions=_actions(document),
        tags=dict(tags),
        further=dict(_further(document)),
    )
    return _held(alarm, document)


def read_composite_alarm(document: Document, tags: Mapping[str, str]) -> HeldAlarm:
    """Read one of ``CompositeAlarms``."""
    suppressor = document.get("ActionsSuppressor")
    alarm = CompositeAlarm(
        alarm_name=document["AlarmName"],
        description=document.get("AlarmDescription") or "",
        alarm_rule=document["AlarmRule"],
        children=children_of(document["AlarmRule"]),
        suppressor=Suppressor(
            alarm_name=suppressor.split(":alarm:")[-1],
            wait_period_s=int(document.get("ActionsSuppressorWaitPeriod") or 0),
            extension_period_s=int(document.get("ActionsSuppressorExtensionPeriod") or 0),
        )
        if suppressor
        else None,
        actions=_actions(document),
        tags=dict(tags),
        further=dict(_further(document)),
    )
    return _held(alarm, document)


def children_of(alarm_rule: str) -> tuple[str, ...]:
    """Return the alarms that a rule names, sorted; none where the rule cannot be read."""
    try:
        return tuple(sorted(alarm_names(read_rule(alarm_rule))))
    except AlarmRuleError:
        return ()


def metric_stat(metric: Metric) -> dict[str, Any]:
    """Return a metric as ``MetricStat`` of a metric data query."""
    stat: dict[str, Any] = {
        "Metric": {
            "Namespace": metric.namespace,
            "MetricName": metric.metric_name,
            "Dimensions": _dimension_list(metric.dimensions),
        },
        "Period": metric.period_s,
        "Stat": metric.statistic,
    }
    return stat | ({"Unit": metric.unit} if metric.unit else {})


def read_dimensions(documents: Iterable[Document]) -> Dimensions:
    """Return dimensions as alarms here have them: sorted by name."""
    return tuple(sorted((document["Name"], document["Value"]) for document in documents))


def read_queries(documents: Iterable[Document]) -> tuple[MetricQuery, ...]:
    """Read metric data queries, as alarms and GetMetricData have them."""
    return _sorted(_read_query(document) for document in documents)


def _metric_alarm(alarm: MetricAlarm) -> dict[str, Any]:
    document: dict[str, Any] = {
        "ComparisonOperator": alarm.comparison_operator.value,
        "EvaluationPeriods": alarm.evaluation_periods,
        "DatapointsToAlarm": alarm.datapoints_to_alarm,
        "TreatMissingData": alarm.treat_missing_data.value,
    }
    if alarm.threshold_metric_id:
        document["ThresholdMetricId"] = alarm.threshold_metric_id
    else:
        document["Threshold"] = alarm.threshold
    if alarm.evaluate_low_sample_count_percentile:
        document["EvaluateLowSampleCountPercentile"] = alarm.evaluate_low_sample_count_percentile
    single = alarm.queries[0].metric if len(alarm.queries) == 1 else None
    if single is None or alarm.queries[0].account_id:
        return document | {"Metrics": [_query(query) for query in _sorted(alarm.queries)]}
    document |= {
        "Namespace": single.namespace,
        "MetricName": single.metric_name,
        "Dimensions": _dimension_list(single.dimensions),
        "Period": single.period_s,
        "ExtendedStatistic" if single.is_percentile else "Statistic": single.statistic,
    }
    return document | ({"Unit": single.unit} if single.unit else {})


def _composite_alarm(alarm: CompositeAlarm) -> dict[str, Any]:
    document: dict[str, Any] = {"AlarmRule": alarm.alarm_rule}
    if alarm.suppressor:
        document |= {
            "ActionsSuppressor": alarm.suppressor.alarm_name,
            "ActionsSuppressorWaitPeriod": alarm.suppressor.wait_period_s,
            "ActionsSuppressorExtensionPeriod": alarm.suppressor.extension_period_s,
        }
    return document


def _query(query: MetricQuery) -> dict[str, Any]:
    document: dict[str, Any] = {"Id": query.query_id, "ReturnData": query.return_data}
    document |= {"MetricStat": metric_stat(query.metric)} if query.metric else {"Expression": query.expression}
    document |= {"Label": query.label} if query.label else {}
    document |= {"AccountId": query.account_id} if query.account_id else {}
    return document | ({"Period": query.period_s} if query.period_s else {})


def _queries(document: Document) -> tuple[MetricQuery, ...]:
    if document.get("Metrics"):
        own = (document.get("AlarmArn") or "").split(":")[4:5]
        read = read_queries(document["Metrics"])
        return tuple(replace(query, account_id=None) if [query.account_id] == own else query for query in read)
    metric = Metric(
        namespace=document.get("Namespace") or "",
        metric_name=document.get("MetricName") or "",
        dimensions=read_dimensions(document.get("Dimensions") or ()),
        statistic=document.get("ExtendedStatistic") or document.get("Statistic") or "",
        period_s=int(document.get("Period") or 0),
        unit=document.get("Unit"),
    )
    return (MetricQuery(query_id=SINGLE_QUERY_ID, metric=metric),)


def _sorted(queries: Iterable[MetricQuery]) -> tuple[MetricQuery, ...]:
    """Queries name one another by id, so their order says nothing; other tools keep none."""
    return tuple(sorted(queries, key=lambda query: query.query_id))


def _read_query(document: Document) -> MetricQuery:
    stat = document.get("MetricStat")
    metric = None
    if stat:
        metric = Metric(
            namespace=stat["Metric"].get("Namespace") or "",
            metric_name=stat["Metric"].get("MetricName") or "",
            dimensions=read_dimensions(stat["Metric"].get("Dimensions") or ()),
            statistic=stat.get("Stat") or "",
            period_s=int(stat.get("Period") or 0),
            unit=stat.get("Unit"),
        )
    return MetricQuery(
        query_id=document["Id"],
        metric=metric,
        expression=document.get("Expression"),
        period_s=document.get("Period"),
        label=document.get("Label") or None,
        return_data=document.get("ReturnData", True) is not False,
        account_id=document.get("AccountId"),
    )


def _dimension_list(dimensions: Dimensions) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in dimensions]


def _actions(document: Document) -> Actions:
    return Actions(
        enabled=document.get("ActionsEnabled", True) is not False,
        alarm=tuple(sorted(document.get("AlarmActions") or ())),
        ok=tuple(sorted(document.get("OKActions") or ())),
        insufficient_data=tuple(sorted(document.get("InsufficientDataActions") or ())),
    )


def _further(document: Document) -> Iterator[tuple[str, Any]]:
    """Yield the settings that no desired alarm has; those that say the default are left out."""
    for key in _FURTHER:
        value = document.get(key)
        is_default = not value or (key == "EvaluationWindow" and "SlidingWindow" in value) or value == _NO_TAGS_SENT
        if not is_default:
            yield key, value


def _low_samples(given: str | None) -> str | None:
    """``evaluate`` is the default, and means the same as nothing."""
    return None if given == "evaluate" else given or None


def _held(alarm: Alarm, document: Document) -> HeldAlarm:
    return HeldAlarm(
        alarm=alarm,
        alarm_arn=document.get("AlarmArn") or "",
        state=AlarmState(document.get("StateValue") or "INSUFFICIENT_DATA"),
    )
