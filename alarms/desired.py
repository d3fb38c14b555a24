"""The desired alarms of a stage, from what its people expect. Pure: the same input gives the same alarms.

See: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from alarms.alarm import Actions, Alarm, CompositeAlarm, MetricAlarm, Suppressor
from alarms.anomaly import anomaly_signals
from alarms.burn_rate import SUPPRESSOR_EXTENSION_S, SUPPRESSOR_WAIT_S, burn_rate_signals
from alarms.composite_rule import any_in_alarm, quoted
from alarms.log_patterns import log_signals, metric_filters
from alarms.recommended import Resolve, Signal, recommended
from alarms.resource import THRESHOLD_TAG, Resource, owned_resource
from alarms.scope import StageScope
from contracts.alarm_expectations import AlarmExpectations
from gateway.errors import StageproofError

_LONGEST_NAME = 255


class AlarmNameError(StageproofError):
    """An alarm's name would be longer than CloudWatch allows."""

    slug = "alarm-name"


def desired_alarms(expectations: AlarmExpectations, scope: StageScope, *, resolve: Resolve) -> tuple[Alarm, ...]:
    """Return the alarms that a stage should have, sorted by name.

    Args:
        expectations: The table ``[alarms]``.
        scope: The stage.
        resolve: Gives thresholds that are derived from history.

    Raises:
        DetailedMetricsError: If alarms of operations are asked for that publish no metrics.
        AlarmNameError: If a name would be too long.
        UnreachableObjectiveError: If a tier of the objective could never ring.
        ExecutionLogOffError: If alarms on the execution log are asked for, and the stage writes none.
    """
    if not expectations.enabled:
        return ()
    stage_signals = list(recommended(scope, expectations.thresholds, resolve))
    if expectations.log_patterns:
        stage_signals += log_signals(scope)
    if expectations.anomaly_detection:
        stage_signals += anomaly_signals(scope)
    signals = list(stage_signals)
    for operation in scope.operations(expectations.operations):
        signals += recommended(scope, expectations.thresholds, resolve, operation)
    by_composite = expectations.composite and expectations.notify == "composite"
    alarms: list[Alarm] = [
        _metric_alarm(signal, expectations, scope, tells=not (by_composite and _is_of(signal, stage_signals)))
        for signal in signals
    ]
    alarms += _burn_rate(expectations, scope)
    if expectations.composite:
        alarms.append(_unhealthy(stage_signals, expectations, scope, tells=by_composite))
    return tuple(sorted(alarms, key=lambda alarm: alarm.alarm_name))


def desired_resources(alarms: Sequence[Alarm], scope: StageScope) -> tuple[Resource, ...]:
    """Return desired alarms as what plans compare, signed by their owner."""
    return tuple(owned_resource(alarm, scope.owner) for alarm in alarms)


def desired_filters(expectations: AlarmExpectations, scope: StageScope) -> tuple[Resource, ...]:
    """Return the metric filters that the alarms on the execution log need, none where there are no such alarms."""
    if not expectations.enabled or not expectations.log_patterns:
        return ()
    return tuple(metric_filters(scope, alarm_name(expectations, scope, "")))


def alarm_name(expectations: AlarmExpectations, scope: StageScope, signal: str) -> str:
    """Return the name of a signal's alarm.

    Raises:
        AlarmNameError: If it is longer than CloudWatch allows.
    """
    name = f"{expectations.name_prefix}-{scope.api.name}-{scope.stage.stage_name}-{signal}"
    if len(name) > _LONGEST_NAME:
        raise AlarmNameError(
            f"the alarm name {name!r} is longer than {_LONGEST_NAME} characters; choose a shorter [alarms] name_prefix"
        )
    return name


def _metric_alarm(signal: Signal, expectations: AlarmExpectations, scope: StageScope, *, tells: bool) -> MetricAlarm:
    source = {THRESHOLD_TAG: signal.threshold_source} if signal.threshold_source else {}
    return MetricAlarm(
        alarm_name=alarm_name(expectations, scope, signal.name),
        description=signal.description,
        queries=signal.queries,
        comparison_operator=signal.comparison_operator,
        threshold=signal.threshold,
        evaluation_periods=signal.periods,
        datapoints_to_alarm=signal.periods,
        treat_missing_data=signal.treat_missing_data,
        threshold_metric_id=signal.threshold_metric_id,
        actions=_actions(expectations) if tells else Actions(),
        tags={**expectations.tags, **source},
    )


def _burn_rate(expectations: AlarmExpectations, scope: StageScope) -> Iterator[Alarm]:
    """Return two silent alarms and one composite that tells, for each tier of the objective."""
    objective, burn_rate = expectations.objective, expectations.burn_rate
    if objective is None or not burn_rate.enabled:
        return
    for tier in burn_rate_signals(scope, objective, suppress=burn_rate.suppress_slower_tiers):
        both = [_metric_alarm(signal, expectations, scope, tells=False) for signal in (tier.long, tier.short)]
        yield from both
        names = [alarm.alarm_name for alarm in both]
        suppressor = alarm_name(expectations, scope, tier.suppressed_by) if tier.suppressed_by else None
        yield CompositeAlarm(
            alarm_name=alarm_name(expectations, scope, tier.name),
            description=tier.description,
            alarm_rule=" AND ".join(f"ALARM({quoted(name)})" for name in names),
            children=tuple(sorted(names)),
            suppressor=Suppressor(
                alarm_name=suppressor,
                wait_period_s=SUPPRESSOR_WAIT_S,
                extension_period_s=SUPPRESSOR_EXTENSION_S,
            )
            if suppressor
            else None,
            actions=_actions(expectations),
            tags=expectations.tags,
        )


def _unhealthy(
    signals: Sequence[Signal], expectations: AlarmExpectations, scope: StageScope, *, tells: bool
) -> CompositeAlarm:
    """Return the alarm that stands for the whole stage. Errors of clients do not make a stage unhealthy."""
    children = sorted(alarm_name(expectations, scope, signal.name) for signal in signals if signal.is_server_side)
    return CompositeAlarm(
        alarm_name=alarm_name(expectations, scope, "unhealthy"),
        description=f"{scope.title} is unhealthy: one of its alarms rings",
        alarm_rule=any_in_alarm(children),
        children=tuple(children),
        actions=_actions(expectations) if tells else Actions(),
        tags=expectations.tags,
    )


def _actions(expectations: AlarmExpectations) -> Actions:
    return Actions(
        alarm=tuple(sorted(set(expectations.actions))),
        ok=tuple(sorted(set(expectations.ok_actions))),
        insufficient_data=tuple(sorted(set(expectations.insufficient_data_actions))),
    )


def _is_of(signal: Signal, signals: Sequence[Signal]) -> bool:
    return signal.is_server_side and signal in signals
