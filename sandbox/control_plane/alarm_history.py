"""Gap: moto has no DescribeAlarmHistory.

See: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmHistory.html
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from moto.cloudwatch import models
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult
from moto.core.utils import utcnow

from sandbox.control_plane.patching import Function, action, extend

_PAGE_SIZE = 100
_DELETED = "deleted"


def install() -> None:
    """Write down what happens to alarms, and tell it."""
    _install_writing()

    @action(CloudWatchResponse)
    def describe_alarm_history(self: CloudWatchResponse) -> ActionResult:
        items = [item for item in _items(self.cloudwatch_backend) if _is_wanted(self, item)]
        if self._get_param("ScanBy") != "TimestampAscending":
            items.reverse()
        start = int(self._get_param("NextToken") or 0)
        size = int(self._get_param("MaxRecords") or _PAGE_SIZE)
        more = start + size < len(items)
        page = items[start : start + size]
        return ActionResult({"AlarmHistoryItems": page, "NextToken": str(start + size) if more else None})


def write(backend: models.CloudWatchBackend, alarm: models.Alarm, kind: str, summary: str, data: Any = None) -> None:
    """Write an item of history: ``ConfigurationUpdate``, ``StateUpdate`` or ``Action``."""
    _items(backend).append(
        {
            "AlarmName": alarm.name,
            "AlarmType": "MetricAlarm" if alarm.rule is None else "CompositeAlarm",
            "Timestamp": utcnow(),
            "HistoryItemType": kind,
            "HistorySummary": summary,
            "HistoryData": json.dumps(data or {}, default=str),
        }
    )


def _install_writing() -> None:
    @extend(models.CloudWatchBackend, "put_metric_alarm")
    def put_metric_alarm(original: Function, backend: models.CloudWatchBackend, **arguments: Any) -> models.Alarm:
        done = "updated" if arguments["name"] in backend.alarms else "created"
        alarm: models.Alarm = original(backend, **arguments)
        write(backend, alarm, "ConfigurationUpdate", f'Alarm "{alarm.name}" {done}')
        return alarm

    @extend(models.CloudWatchBackend, "delete_alarms")
    def delete_alarms(original: Function, backend: models.CloudWatchBackend, alarm_names: list[str]) -> None:
        found = [backend.alarms[name] for name in alarm_names if name in backend.alarms]
        original(backend, alarm_names)
        for alarm in found:
            write(backend, alarm, "ConfigurationUpdate", f'Alarm "{alarm.name}" {_DELETED}')

    @extend(models.CloudWatchBackend, "set_alarm_state")
    def set_alarm_state(
        original: Function, backend: models.CloudWatchBackend, alarm_name: str, *arguments: Any, **named: Any
    ) -> None:
        before = _state(backend.alarms[alarm_name]) if alarm_name in backend.alarms else {}
        original(backend, alarm_name, *arguments, **named)
        alarm = backend.alarms[alarm_name]
        after = _state(alarm)
        if after["stateValue"] != before["stateValue"]:
            summary = f"Alarm updated from {before['stateValue']} to {after['stateValue']}"
            write(backend, alarm, "StateUpdate", summary, {"version": "1.0", "oldState": before, "newState": after})


def _state(alarm: models.Alarm) -> dict[str, Any]:
    state: dict[str, Any] = {"stateValue": alarm.state_value, "stateReason": alarm.state_reason}
    data = json.loads(alarm.state_reason_data or "{}")
    return state | ({"stateReasonData": data} if data else {})


def _items(backend: Any) -> list[dict[str, Any]]:
    if not hasattr(backend, "alarm_history_items"):
        backend.alarm_history_items = []
    items: list[dict[str, Any]] = backend.alarm_history_items
    return items


def _is_wanted(response: CloudWatchResponse, item: dict[str, Any]) -> bool:
    get = response._get_param  # noqa: SLF001 - moto's reader of parameters
    start: datetime | None = get("StartDate")
    end: datetime | None = get("EndDate")
    return (
        get("AlarmName") in {None, item["AlarmName"]}
        and get("HistoryItemType") in {None, item["HistoryItemType"]}
        and item["AlarmType"] in (get("AlarmTypes", []) or ["MetricAlarm"])
        and (start is None or item["Timestamp"] >= start)
        and (end is None or item["Timestamp"] <= end)
    )
