"""What makes alarms ring: from what an alarm watches to what must be done for it, and how long that takes at least."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from alarms.alarm import Alarm, CompositeAlarm, HeldAlarm, MetricAlarm
from alarms.composite_rule import AlarmRuleError, And, InState, Or, Rule, read_rule
from alarms.evaluate import AlarmState, ComparisonOperator
from alarms.scope import NAMESPACE, Operation
from contracts.alarm_expectations import Cause
from gateway.errors import StageproofError

_MINUTE_S = 60.0
_CAUSES = (
    ("5XXError", Cause.FAILING),
    ("5xx", Cause.FAILING),
    ("4XXError", Cause.REFUSED),
    ("4xx", Cause.REFUSED),
    ("Latency", Cause.SLOW),
    ("IntegrationLatency", Cause.SLOW),
)
_BELOW = frozenset({ComparisonOperator.LESS, ComparisonOperator.LESS_OR_EQUAL})


class DrillError(StageproofError):
    """A drill cannot be carried out."""

    slug = "alarms-drill"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Provocation:
    """What is done to one operation, or to the stage as a whole where ``operation`` is empty (``GET /pets``)."""

    cause: Cause
    operation: str = ""


Available = Callable[[Provocation], bool]
"""Says whether a provocation can be carried out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """An alarm to ring: what is done for it, and the earliest that it can ring."""

    alarm: Alarm
    provocations: frozenset[Provocation]
    least_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NotDrilled:
    """An alarm that is left out, and why."""

    alarm_name: str
    reason: str


def drills(
    held: Mapping[str, HeldAlarm], names: tuple[str, ...], available: Available
) -> tuple[list[Drill], list[NotDrilled]]:
    """Choose what to drill.

    Args:
        held: The alarms that are owned, by name.
        names: Those that are asked for; none for all that tell somebody and do not ring by silence.
        available: Which provocations can be carried out.

    Raises:
        DrillError: If an alarm that is asked for is not owned, or cannot be drilled.
    """
    unknown = [name for name in names if name not in held]
    if unknown:
        raise DrillError(
            f"there is no alarm {unknown[0]!r} that this stage owns; list them with: stageproof alarms destroy STAGE"
        )
    chosen, left_out = list[Drill](), list[NotDrilled]()
    for name in names or tuple(sorted(held)):
        made = _drill(held, name, available)
        if isinstance(made, NotDrilled):
            left_out.append(made)
        elif not names and any(one.cause is Cause.SILENCE for one in made.provocations):
            left_out.append(NotDrilled(alarm_name=name, reason=f"rings by silence; drill it alone: --alarm '{name}'"))
        else:
            chosen.append(made)
    if names and left_out:
        raise DrillError(f"{left_out[0].alarm_name!r} cannot be drilled: {left_out[0].reason}")
    causes = {one.cause for made in chosen for one in made.provocations}
    if Cause.SILENCE in causes and len(causes) > 1:
        raise DrillError("alarms on silence and on requests cannot be drilled together; drill them one by one")
    return chosen, left_out


def _drill(held: Mapping[str, HeldAlarm], name: str, available: Available) -> Drill | NotDrilled:
    alarm = held[name].alarm
    if not alarm.actions.enabled or not alarm.actions.alarm:
        return NotDrilled(alarm_name=name, reason="it tells nobody (no alarm actions, or they are disabled)")
    if held[name].state is AlarmState.ALARM:
        return NotDrilled(alarm_name=name, reason="it rings already, so it cannot begin to")
    found = _needs(alarm, held, available, frozenset({name}))
    if isinstance(found, str):
        return NotDrilled(alarm_name=name, reason=found)
    provocations, least_s = found
    return Drill(alarm=alarm, provocations=provocations, least_s=least_s)


_Found = tuple[frozenset[Provocation], float]


def _needs(alarm: Alarm, held: Mapping[str, HeldAlarm], available: Available, above: frozenset[str]) -> _Found | str:
    """Return what must be done and how long it takes at least, or why it cannot be done."""
    if isinstance(alarm, CompositeAlarm):
        try:
            return _needs_of_rule(read_rule(alarm.alarm_rule), held, available, above)
        except AlarmRuleError as error:
            return str(error)
    provocation = provocation_of(alarm)
    if provocation is None:
        return "it watches nothing that a request to the stage changes"
    if not available(provocation):
        return f"[alarms.drill] names nothing to call for {provocation.cause} ({provocation.operation or 'the stage'})"
    return frozenset({provocation}), least_time_s(alarm)


def _needs_of_rule(
    rule: Rule, held: Mapping[str, HeldAlarm], available: Available, above: frozenset[str]
) -> _Found | str:
    match rule:
        case InState(state=AlarmState.ALARM, alarm_name=name) if name in held and name not in above:
            return _needs(held[name].alarm, held, available, above | {name})
        case InState(state=AlarmState.ALARM, alarm_name=name):
            return f"it waits for {name!r}, which this stage does not own"
        case And():
            both = [_needs_of_rule(part, held, available, above) for part in (rule.left, rule.right)]
            refused = next((part for part in both if isinstance(part, str)), None)
            if refused is not None:
                return refused
            made = [part for part in both if not isinstance(part, str)]
            return made[0][0] | made[1][0], max(made[0][1], made[1][1])
        case Or():
            either = [_needs_of_rule(part, held, available, above) for part in (rule.left, rule.right)]
            ways = [way for way in either if not isinstance(way, str)]
            loud = [way for way in ways if all(one.cause is not Cause.SILENCE for one in way[0])] or ways
            return min(loud, key=lambda way: way[1]) if loud else str(either[0])
        case _:
            return frozenset(), 0.0


def provocation_of(alarm: MetricAlarm) -> Provocation | None:
    """Return what makes a metric alarm ring; None where no request to the stage does."""
    if alarm.threshold_metric_id:
        return None  # nobody knows beforehand what is outside of a band that CloudWatch has learnt
    names = {metric.metric_name for metric in alarm.metrics if metric.namespace == NAMESPACE}
    operation = next((_operation(dict(metric.dimensions)) for metric in alarm.metrics), "")
    for metric_name, cause in _CAUSES:
        if metric_name in names:
            return Provocation(cause=cause, operation=operation)
    if "Count" not in names:
        return None
    cause = Cause.SILENCE if alarm.comparison_operator in _BELOW else Cause.TRAFFIC
    return Provocation(cause=cause, operation=operation)


def least_time_s(alarm: MetricAlarm) -> float:
    """Return after how many seconds a metric alarm can ring at the earliest: its window slides by the minute."""
    return (alarm.datapoints_to_alarm - 1) * alarm.period_s + min(alarm.period_s, _MINUTE_S)


def _operation(dimensions: Mapping[str, str]) -> str:
    if "Method" not in dimensions or "Resource" not in dimensions:
        return ""
    return Operation(http_method=dimensions["Method"], resource_path=dimensions["Resource"]).name
