"""The alarms that are deployed for a stage, as rules judge them: one subject an alarm."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from contracts.evidence import NOT_COLLECTED, NOT_OF_HTTP_APIS, AlarmMetric, DeployedAlarm, Missing
from contracts.metric_names import ERROR_METRICS
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, not_applicable, undetermined


def alarms_of(run: RunEvidence) -> tuple[DeployedAlarm, ...] | Finding:
    """Return the alarms on the stage's metrics, or what to say where there are none to judge."""
    alarms = run.configuration.alarms
    if alarms in (NOT_COLLECTED, NOT_OF_HTTP_APIS):  # earlier recordings of HTTP APIs hold no alarms
        return not_applicable("alarms were not collected")
    if isinstance(alarms, Missing):
        return undetermined(alarms)
    return alarms.value or not_applicable("no alarm looks at the stage's metrics")


def each_alarm(judge: Callable[[DeployedAlarm, RunEvidence], Finding]) -> Callable[[RunEvidence], Iterator[Finding]]:
    """Return a judgement of the stage that judges each of its alarms under the alarm's name."""

    def judged(run: RunEvidence) -> Iterator[Finding]:
        alarms = alarms_of(run)
        if isinstance(alarms, Finding):
            yield alarms
            return
        for alarm in alarms:
            yield replace(judge(alarm, run), subject=f"alarm {alarm.alarm_name}")

    return judged


def error_ratio(alarm: DeployedAlarm) -> AlarmMetric | None:
    """Return the metric of an alarm on the plain ratio of errors to requests (the Average of such a metric)."""
    if alarm.expressions or len(alarm.metrics) != 1:
        return None
    (metric,) = alarm.metrics
    return metric if metric.metric_name in ERROR_METRICS and metric.statistic == "Average" else None


def rings_above(alarm: DeployedAlarm) -> bool:
    """Return whether an alarm rings for values above its threshold."""
    return alarm.comparison_operator in {"GreaterThanThreshold", "GreaterThanOrEqualToThreshold"}


def rings_below(alarm: DeployedAlarm) -> bool:
    """Return whether an alarm rings for values below its threshold."""
    return alarm.comparison_operator in {"LessThanThreshold", "LessThanOrEqualToThreshold"}
