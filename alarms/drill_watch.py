"""What becomes of alarms that are drilled: read from their state and their history, which CloudWatch keeps.

See: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmHistory.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any

from alarms.alarm import Alarm, CompositeAlarm
from alarms.calls import called

_TYPES = ["CompositeAlarm", "MetricAlarm"]
_NAMES_A_CALL = 100
_EXECUTED = "Successfully executed action "
_FAILED = "Failed to execute action "


class Outcome(StrEnum):
    """How far an alarm got."""

    WAITS = "did not ring"
    RANG = "rang, but its action was not carried out"
    SUPPRESSED = "rang, and is kept silent by the alarm that suppresses it"
    TOLD = "rang, and its actions were carried out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was seen of one alarm since the drill began.

    ``executed`` are the actions that CloudWatch carried out, ``failed`` those that it could not, with its words.
    """

    alarm_name: str
    outcome: Outcome
    rang_at: datetime | None = None
    reason: str = ""
    executed: frozenset[str] = frozenset()
    failed: Mapping[str, str] = field(default_factory=dict)
    told_at: datetime | None = None


def look(client: Any, alarms: Sequence[Alarm], since: datetime) -> list[Seen]:
    """Look at alarms once.

    Args:
        client: A boto3 client of CloudWatch.
        alarms: The alarms.
        since: When the drill began; what happened before does not count.

    Raises:
        AlarmCallError: If AWS refuses a call.
    """
    suppressed = _suppressed(client, [alarm.alarm_name for alarm in alarms if isinstance(alarm, CompositeAlarm)])
    return [_seen(alarm, _history(client, alarm, since), alarm.alarm_name in suppressed) for alarm in alarms]


def _suppressed(client: Any, names: Sequence[str]) -> set[str]:
    """Return which composite alarms another alarm keeps silent now."""
    found: set[str] = set()
    for start in range(0, len(names), _NAMES_A_CALL):
        selection = {"AlarmNames": list(names[start : start + _NAMES_A_CALL]), "AlarmTypes": ["CompositeAlarm"]}
        describe = partial(client.describe_alarms, **selection, MaxRecords=_NAMES_A_CALL)
        reply = called(describe, action="cloudwatch:DescribeAlarms")
        found |= {one["AlarmName"] for one in reply["CompositeAlarms"] if one.get("ActionsSuppressedBy") == "Alarm"}
    return found


def force(client: Any, alarm: Alarm) -> None:
    """Set an alarm's state to ALARM by hand, which carries out its actions; the next evaluation sets it back.

    Raises:
        AlarmCallError: If AWS refuses the call.
    """
    arguments = {
        "AlarmName": alarm.alarm_name,
        "StateValue": "ALARM",
        "StateReason": "stageproof alarms drill --force-state: a test of the actions",
    }
    called(partial(client.set_alarm_state, **arguments), action="cloudwatch:SetAlarmState")


def _history(client: Any, alarm: Alarm, since: datetime) -> list[Mapping[str, Any]]:
    selection = {
        "AlarmName": alarm.alarm_name,
        "AlarmTypes": _TYPES,
        "StartDate": since,
        "ScanBy": "TimestampAscending",
    }
    pages = called(
        lambda: list(client.get_paginator("describe_alarm_history").paginate(**selection)),
        action="cloudwatch:DescribeAlarmHistory",
    )
    return [item for page in pages for item in page["AlarmHistoryItems"]]


def _seen(alarm: Alarm, items: Sequence[Mapping[str, Any]], is_suppressed: bool) -> Seen:  # noqa: FBT001 - a plain fact
    rings = [item for item in items if item["HistoryItemType"] == "StateUpdate" and _new_state(item) == "ALARM"]
    if not rings:
        return Seen(alarm_name=alarm.alarm_name, outcome=Outcome.WAITS)
    ring = rings[0]
    actions = [item for item in items if item["HistoryItemType"] == "Action" and item["Timestamp"] >= ring["Timestamp"]]
    wanted = set(alarm.actions.alarm)
    executed = {arn for arn in wanted for item in actions if item["HistorySummary"].startswith(f"{_EXECUTED}{arn}")}
    failed = {
        arn: item["HistorySummary"]
        for arn in wanted - executed
        for item in actions
        if item["HistorySummary"].startswith(f"{_FAILED}{arn}")
    }
    outcome = Outcome.TOLD if executed == wanted else Outcome.SUPPRESSED if is_suppressed else Outcome.RANG
    told = [item["Timestamp"] for item in actions if item["HistorySummary"].startswith(_EXECUTED)]
    return Seen(
        alarm_name=alarm.alarm_name,
        outcome=outcome,
        rang_at=ring["Timestamp"],
        reason=str(_data(ring).get("newState", {}).get("stateReason") or ""),
        executed=frozenset(executed),
        failed=failed,
        told_at=max(told, default=None) if outcome is Outcome.TOLD else None,
    )


def _new_state(item: Mapping[str, Any]) -> str:
    """The new state, from the item's data, or from its summary where the data are cut."""
    state = _data(item).get("newState", {}).get("stateValue")
    return str(state or item["HistorySummary"].rpartition(" to ")[2])


def _data(item: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        data = json.loads(item.get("HistoryData") or "{}")
    except json.JSONDecodeError:
        return {}
    return data if isinstance(data, dict) else {}
