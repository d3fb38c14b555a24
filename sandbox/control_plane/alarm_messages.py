"""What CloudWatch tells SNS topics when an alarm changes its state.

See: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from botocore.loaders import create_loader

_LONGEST_SUBJECT = 100

Document = Mapping[str, Any]


def alarm_subject(alarm: Document, region: str) -> str:
    """Return the subject of a message; a name that is too long is cut."""
    before, after = f'{alarm["StateValue"]}: "', f'" in {region_name(region)}'
    room = _LONGEST_SUBJECT - 1 - len(before) - len(after)
    name = str(alarm["AlarmName"])
    return before + (name if len(name) <= room else f"{name[: room - 3]}...") + after


def alarm_message(alarm: Document, old_state: str, *, account_id: str, region: str) -> dict[str, Any]:
    """Return the message of a state change.

    Args:
        alarm: The alarm as DescribeAlarms gives it, in its new state.
        old_state: The state before.
        account_id: The account of the alarm.
        region: The Region of the alarm.
    """
    message = {
        "AlarmName": alarm["AlarmName"],
        "AlarmDescription": alarm.get("AlarmDescription"),
        "AWSAccountId": account_id,
        "AlarmConfigurationUpdatedTimestamp": timestamp(alarm["AlarmConfigurationUpdatedTimestamp"]),
        "NewStateValue": alarm["StateValue"],
        "NewStateReason": alarm["StateReason"],
        "StateChangeTime": timestamp(alarm["StateUpdatedTimestamp"]),
        "Region": region_name(region),
        "AlarmArn": alarm["AlarmArn"],
        "OldStateValue": old_state,
        "OKActions": alarm["OKActions"],
        "AlarmActions": alarm["AlarmActions"],
        "InsufficientDataActions": alarm["InsufficientDataActions"],
    }
    if "AlarmRule" not in alarm:
        return message | {"Trigger": _trigger(alarm)}
    return message | {"AlarmRule": alarm["AlarmRule"], "TriggeringChildren": _triggering(alarm)}


def timestamp(moment: datetime) -> str:
    """Return a time (UTC, naive) as messages and reasons hold it: ``2026-03-01T04:00:00.000+0000``."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}+0000"


@functools.cache
def region_name(region: str) -> str:
    """Return a Region's name for people (``US East (N. Virginia)``), or its code where it is not known."""
    partitions = create_loader().load_data("endpoints")["partitions"]
    names = {code: about["description"] for partition in partitions for code, about in partition["regions"].items()}
    return str(names.get(region, region))


def _trigger(alarm: Document) -> dict[str, Any]:
    trigger = {
        "Period": _period(alarm),
        "EvaluationPeriods": alarm["EvaluationPeriods"],
        "DatapointsToAlarm": alarm.get("DatapointsToAlarm"),
        "ComparisonOperator": alarm["ComparisonOperator"],
        "Threshold": alarm.get("Threshold"),
        "ThresholdMetricId": alarm.get("ThresholdMetricId"),
        "TreatMissingData": alarm.get("TreatMissingData") or "missing",
        "EvaluateLowSampleCountPercentile": alarm.get("EvaluateLowSampleCountPercentile") or "",
    }
    trigger = {key: value for key, value in trigger.items() if value is not None}
    if alarm.get("Metrics"):
        return trigger | {"Metrics": [_query(query) for query in alarm["Metrics"]]}
    statistic = {"StatisticType": "Statistic", "Statistic": str(alarm.get("Statistic")).upper()}
    if alarm.get("ExtendedStatistic"):
        statistic = {"StatisticType": "ExtendedStatistic", "ExtendedStatistic": alarm["ExtendedStatistic"]}
    watched = {"MetricName": alarm["MetricName"], "Namespace": alarm["Namespace"], **statistic}
    return watched | {"Unit": alarm.get("Unit"), "Dimensions": _dimensions(alarm["Dimensions"]), **trigger}


def _period(alarm: Document) -> int | None:
    periods = [query["MetricStat"]["Period"] for query in alarm.get("Metrics", ()) if "MetricStat" in query]
    return max(map(int, periods), default=alarm.get("Period"))


def _query(query: Document) -> dict[str, Any]:
    if "MetricStat" not in query:
        return dict(query)
    stat = query["MetricStat"]
    metric = {**stat["Metric"], "Dimensions": _dimensions(stat["Metric"]["Dimensions"])}
    return {**query, "MetricStat": {**stat, "Metric": metric}}


def _dimensions(dimensions: list[Document]) -> list[dict[str, Any]]:
    return [{"value": dimension["Value"], "name": dimension["Name"]} for dimension in dimensions]


def _triggering(alarm: Document) -> list[dict[str, Any]]:
    children = json.loads(alarm.get("StateReasonData") or "{}").get("triggeringAlarms", [])
    return [
        {"Arn": child["arn"], "State": {"Value": child["state"]["value"], "Timestamp": child["state"]["timestamp"]}}
        for child in children
    ]
