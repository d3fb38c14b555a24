"""CloudWatch's evaluation of a metric alarm as a pure function.

The newest points of the *evaluation range* decide. Where at least as many points exist as there are evaluation periods,
only existing points count; else the treatment of missing data fills up what lacks, as little as possible.

See: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

_BEYOND_EVALUATION_PERIODS = 2


class AlarmState(StrEnum):
    """The states of an alarm."""

    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


class MissingData(StrEnum):
    """How an alarm treats missing data."""

    MISSING = "missing"
    IGNORE = "ignore"
    BREACHING = "breaching"
    NOT_BREACHING = "notBreaching"


class ComparisonOperator(StrEnum):
    """How a value is compared with the threshold."""

    GREATER_OR_EQUAL = "GreaterThanOrEqualToThreshold"
    GREATER = "GreaterThanThreshold"
    LESS = "LessThanThreshold"
    LESS_OR_EQUAL = "LessThanOrEqualToThreshold"
    OUTSIDE_BAND = "LessThanLowerOrGreaterThanUpperThreshold"
    BELOW_BAND = "LessThanLowerThreshold"
    ABOVE_BAND = "GreaterThanUpperThreshold"

    @property
    def compare(self) -> Callable[[float, float], bool]:
        """The comparison ``(value, threshold) -> breaching``; it works on numbers and on arrays of numbers.

        Raises:
            ValueError: If the values are compared with a band (anomaly detection), which only CloudWatch knows.
        """
        if self not in _COMPARISONS:
            raise ValueError(f"{self} compares with a band that only CloudWatch knows")
        return _COMPARISONS[self]

    @property
    def sign(self) -> str:
        """The comparison as people write it."""
        return _SIGNS.get(self, "outside the band of")


_COMPARISONS: Mapping[ComparisonOperator, Callable[[float, float], bool]] = {
    ComparisonOperator.GREATER_OR_EQUAL: operator.ge,
    ComparisonOperator.GREATER: operator.gt,
    ComparisonOperator.LESS: operator.lt,
    ComparisonOperator.LESS_OR_EQUAL: operator.le,
}
_SIGNS: Mapping[ComparisonOperator, str] = {
    ComparisonOperator.GREATER_OR_EQUAL: "≥",
    ComparisonOperator.GREATER: ">",
    ComparisonOperator.LESS: "<",
    ComparisonOperator.LESS_OR_EQUAL: "≤",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationRule:
    """What decides an alarm's state: ``datapoints_to_alarm`` (M) of ``evaluation_periods`` (N) points breach.

    Raises:
        ValueError: If not 1 ≤ M ≤ N.
    """

    comparison_operator: ComparisonOperator
    threshold: float
    evaluation_periods: int
    datapoints_to_alarm: int
    treat_missing_data: MissingData = MissingData.MISSING

    def __post_init__(self) -> None:
        if not 1 <= self.datapoints_to_alarm <= self.evaluation_periods:
            raise ValueError("datapoints_to_alarm must be from 1 to evaluation_periods")

    @property
    def evaluation_range(self) -> int:
        """How many periods CloudWatch looks at.

        AWS says only that they are more than the evaluation periods, and shows 5 for 3; ours is two more.
        """
        return self.evaluation_periods + _BEYOND_EVALUATION_PERIODS


def evaluate(rule: EvaluationRule, values: Sequence[float | None], state: AlarmState) -> AlarmState:
    """Return an alarm's next state.

    Args:
        rule: What decides.
        values: The values of the evaluation range, a value a period, the newest last; None where there is none.
        state: The state until now.
    """
    compare = rule.comparison_operator.compare
    points = [None if value is None else bool(compare(value, rule.threshold)) for value in values]
    return decide(rule, points) or state


def decide(rule: EvaluationRule, points: Sequence[bool | None]) -> AlarmState | None:
    """Return the state that points demand; None where the alarm keeps the state it has.

    Args:
        rule: What decides; operator and threshold are not looked at.
        points: Whether each point of the evaluation range breaches, the newest last; None for a missing point.
    """
    existing = [point for point in points if point is not None]
    lacking = rule.evaluation_periods - len(existing)
    if lacking <= 0:
        newest = existing[len(existing) - rule.evaluation_periods :]
        return _by_count(sum(newest), rule)
    breaching = sum(existing)
    if rule.treat_missing_data is MissingData.BREACHING:
        return _by_count(breaching + lacking, rule)
    if rule.treat_missing_data is MissingData.NOT_BREACHING or breaching >= rule.datapoints_to_alarm:
        return _by_count(breaching, rule)
    if breaching < len(existing):
        return AlarmState.OK
    return _when_nothing_is_fine(rule, points)


def _by_count(breaching: int, rule: EvaluationRule) -> AlarmState:
    return AlarmState.ALARM if breaching >= rule.datapoints_to_alarm else AlarmState.OK


def _when_nothing_is_fine(rule: EvaluationRule, points: Sequence[bool | None]) -> AlarmState | None:
    """Decide with too few points, none of which is fine, where missing data is missing or ignored.

    The rule against premature alarms: a lone breaching point rings only once it is as old as M periods, for until then
    the next points may be fine.
    """
    if rule.treat_missing_data is MissingData.IGNORE:
        return None
    oldest_breaching = next((index for index, point in enumerate(points) if point), None)
    if oldest_breaching is None:
        return AlarmState.INSUFFICIENT_DATA
    age_in_periods = len(points) - oldest_breaching
    return AlarmState.ALARM if age_in_periods >= rule.datapoints_to_alarm else None
