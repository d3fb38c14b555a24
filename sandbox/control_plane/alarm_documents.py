"""Alarms of the AWS side in the form in which DescribeAlarms gives them.

See: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricAlarm.html
"""

from __future__ import annotations

from typing import Any


def alarm_document(alarm: Any) -> dict[str, Any]:
    """Return an alarm, of metrics or composite, as DescribeAlarms has it; what has no value is left out."""
    document = _common(alarm) | (_metric(alarm) if alarm.rule is None else _composite(alarm))
    return {key: value for key, value in document.items() if value is not None}


def _common(alarm: Any) -> dict[str, Any]:
    return {
        "AlarmName": alarm.name,
        "AlarmArn": alarm.alarm_arn,
        "AlarmDescription": alarm.description,
        "ActionsEnabled": alarm.actions_enabled,
        "AlarmActions": alarm.alarm_actions,
        "OKActions": alarm.ok_actions,
        "InsufficientDataActions": alarm.insufficient_data_actions,
        "AlarmConfigurationUpdatedTimestamp": alarm.configuration_updated_timestamp,
        "StateValue": alarm.state_value,
        "StateReason": alarm.state_reason,
        "StateReasonData": alarm.state_reason_data,
        "StateUpdatedTimestamp": alarm.state_updated_timestamp,
    }


def _composite(alarm: Any) -> dict[str, Any]:
    return {
        "AlarmRule": alarm.rule,
        "ActionsSuppressor": alarm.suppressor,
        "ActionsSuppressorWaitPeriod": alarm.suppressor_wait_period,
        "ActionsSuppressorExtensionPeriod": alarm.suppressor_extension_period,
        "ActionsSuppressedBy": getattr(alarm, "suppressed_by", None),
        "ActionsSuppressedReason": getattr(alarm, "suppressed_reason", None),
    }


def _metric(alarm: Any) -> dict[str, Any]:
    return {
        "Namespace": alarm.namespace,
        "MetricName": alarm.metric_name,
        "Dimensions": _dimensions(alarm.dimensions),
        "Statistic": alarm.statistic,
        "ExtendedStatistic": alarm.extended_statistic,
        "Period": alarm.period,
        "Unit": alarm.unit,
        "Metrics": [_query(query) for query in alarm.metric_data_queries] or None,
        "EvaluationPeriods": alarm.evaluation_periods,
        "DatapointsToAlarm": alarm.datapoints_to_alarm,
        "Threshold": alarm.threshold,
        "ThresholdMetricId": alarm.threshold_metric_id,
        "ComparisonOperator": alarm.comparison_operator,
        "TreatMissingData": alarm.treat_missing_data,
        "EvaluateLowSampleCountPercentile": alarm.evaluate_low_sample_count_percentile,
    }


def _query(query: Any) -> dict[str, Any]:
    document = {
        "Id": query.id,
        "Label": query.label,
        "Period": query.period,
        "ReturnData": query.return_data,
        "Expression": query.expression,
    }
    if query.metric_stat:
        stat = query.metric_stat
        metric = {
            "Namespace": stat.metric.namespace,
            "MetricName": stat.metric.metric_name,
            "Dimensions": _dimensions(stat.metric.dimensions),
        }
        document["MetricStat"] = {"Metric": metric, "Period": stat.period, "Stat": stat.stat, "Unit": stat.unit}
    return {key: value for key, value in document.items() if value is not None}


def _dimensions(dimensions: Any) -> list[dict[str, str]]:
    return [{"Name": dimension.name, "Value": dimension.value} for dimension in dimensions]
