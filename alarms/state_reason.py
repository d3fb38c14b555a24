"""Why an alarm is in its state, in CloudWatch's words and as its data.

See: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from alarms.alarm import MetricAlarm
from alarms.anomaly_band import Band
from alarms.evaluate import AlarmState, ComparisonOperator, MissingData

_WORDS: Mapping[ComparisonOperator, str] = {
    ComparisonOperator.GREATER_OR_EQUAL: "greater than or equal to the threshold",
    ComparisonOperator.GREATER: "greater than the threshold",
    ComparisonOperator.LESS: "less than the threshold",
    ComparisonOperator.LESS_OR_EQUAL: "less than or equal to the threshold",
}
_TREATED = {MissingData.BREACHING: "Breaching", MissingData.NOT_BREACHING: "NonBreaching"}

Points = Sequence[tuple[datetime, float | None]]
"""The points of the evaluation range: when each period began, and its value; the newest last."""


def state_reason(alarm: MetricAlarm, state: AlarmState, old_state: AlarmState, points: Points) -> str:
    """Return the reason of a metric alarm's new state in one sentence."""
    existing = _existing(alarm, points)
    missing = alarm.evaluation_periods - len(existing)
    if state is AlarmState.INSUFFICIENT_DATA:
        return f"Insufficient Data: {_counted(missing)} {_were(missing)} unknown."
    treated = _TREATED.get(alarm.treat_missing_data)
    if not existing:
        periods = "1 period" if missing == 1 else f"{missing} periods"
        return f"Threshold Crossed: no datapoints were received for {periods} and {_treated(missing, treated)}."
    compare, rings = alarm.comparison_operator.compare, state is AlarmState.ALARM
    told = [(start, value) for start, value in existing if bool(compare(value, alarm.threshold)) is rings]
    listed = ", ".join(f"{value!r} ({start:%d/%m/%y %H:%M:%S})" for start, value in reversed(told))
    filled = f" and {_treated(missing, treated)}" if missing and treated else ""
    return (
        f"Threshold Crossed: {len(told)} out of the last {alarm.evaluation_periods} datapoints [{listed}] "
        f"{_were(len(told))} {'' if rings else 'not '}{_compared(alarm)}{filled} "
        f"(minimum {_counted(alarm.datapoints_to_alarm)} for {old_state} -> {state} transition)."
    )


def band_reason(alarm: MetricAlarm, state: AlarmState, old_state: AlarmState, points: Points, band: Band) -> str:
    """Return the reason of the new state of an alarm that compares with a band, in one sentence."""
    numbers = [number for number, (_, value) in enumerate(points) if value is not None][-alarm.evaluation_periods :]
    if state is AlarmState.INSUFFICIENT_DATA or not numbers:
        return "Insufficient Data: there are too few datapoints, or too few to learn from."
    listed = ", ".join(f"{points[number][1]!r} ({points[number][0]:%d/%m/%y %H:%M:%S})" for number in reversed(numbers))
    lower, upper = ([round(float(side[number]), 6) for number in numbers] for side in (band.lower, band.upper))
    return (
        f"Thresholds Crossed: {len(numbers)} out of the last {alarm.evaluation_periods} datapoints [{listed}] "
        f"{_were(len(numbers))} {'' if state is AlarmState.ALARM else 'not '}less than the lower thresholds {lower} or "
        f"greater than the upper thresholds {upper} "
        f"(minimum {_counted(alarm.datapoints_to_alarm)} for {old_state} -> {state} transition)."
    )


def state_reason_data(alarm: MetricAlarm, points: Points, now: datetime) -> dict[str, Any]:
    """Return the reason of a metric alarm's new state as data."""
    existing = _existing(alarm, points)
    data: dict[str, Any] = {"version": "1.0", "queryDate": moment(now)}
    if existing:
        data["startDate"] = moment(existing[0][0])
    single = alarm.queries[0].metric if len(alarm.queries) == 1 else None
    if single is not None:
        data["statistic"] = single.statistic
    data |= {"period": alarm.period_s, "recentDatapoints": [value for _, value in existing]}
    return data | {
        "threshold": alarm.threshold,
        "evaluatedDatapoints": [
            {"timestamp": moment(start), **({"value": value} if value is not None else {})}
            for start, value in reversed(points[-alarm.evaluation_periods :])
        ],
    }


def moment(at: datetime) -> str:
    """Return a time (UTC) as reasons hold it: ``2026-03-01T04:00:00.000+0000``."""
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}+0000"


def _existing(alarm: MetricAlarm, points: Points) -> list[tuple[datetime, float]]:
    return [(start, value) for start, value in points if value is not None][-alarm.evaluation_periods :]


def _treated(missing: int, treated: str | None) -> str:
    word = "missing datapoint was" if missing == 1 else "missing datapoints were"
    return f"{missing} {word} treated as [{treated or 'Missing'}]"


def _were(count: int) -> str:
    return "was" if count == 1 else "were"


def _compared(alarm: MetricAlarm) -> str:
    return f"{_WORDS[alarm.comparison_operator]} ({alarm.threshold!r})"


def _counted(count: int) -> str:
    return f"{count} datapoint{'' if count == 1 else 's'}"
