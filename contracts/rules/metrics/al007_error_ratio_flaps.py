"""AL007: an alarm on an error ratio must not ring for one error among few requests."""

import math

from contracts.alarm_evidence import each_alarm, error_ratio, rings_above
from contracts.evidence import DeployedAlarm, Missing
from contracts.metric_names import ERROR_METRICS
from contracts.rule import EVERY_KIND, PerStage, Rule
from contracts.rule_parameter import RuleParameter
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable

_SHORT_S = RuleParameter(
    rule="AL007",
    name="short_period_s",
    default=300,
    minimum=1,
    unit="seconds",
    meaning="Up to this period a ratio by metric math has to count requests; over longer ones a single error is rare.",
)


def _judge(alarm: DeployedAlarm, run: RunEvidence) -> Finding:
    errors = [metric for metric in alarm.metrics if metric.metric_name in ERROR_METRICS]
    if not errors or alarm.threshold is None or not rings_above(alarm):
        return not_applicable("the alarm is on no ratio of errors")
    if any("IF(" in expression.upper() for expression in alarm.expressions):
        return held("the alarm counts requests before it rings")
    if alarm.datapoints_to_alarm > 1 or alarm.composite_alarms:
        return held("more than one value must breach")
    if error_ratio(alarm) is None:
        return _judged_math(alarm, _SHORT_S.of(run))
    if not 0 < alarm.threshold < 1:
        return not_applicable("a single error is meant to ring, or none can")
    enough = math.ceil(1 / alarm.threshold)
    message = f"one error among fewer than {enough} requests in {errors[0].period_s} s rings"
    return broken(message + _observed(run, enough))


def _judged_math(alarm: DeployedAlarm, short_s: int) -> Finding:
    divides = any("/" in expression for expression in alarm.expressions)
    if not divides or any(metric.period_s > short_s for metric in alarm.metrics):
        return not_applicable("the alarm is on no ratio of errors over minutes")
    return broken("one error among few requests rings: the expression divides without asking how many there were")


def _observed(run: RunEvidence, enough: int) -> str:
    """Return what the metrics say of such minutes, by the requests that each of them counted."""
    if isinstance(run.metrics, Missing):
        return ""
    quiet = [
        point
        for point in run.metrics.value
        if (point.metric_name, point.statistic) == ("Count", "Sum")
        and set(point.dimensions) in ({"ApiName", "Stage"}, {"ApiId", "Stage"})
        and 0 < point.value < enough
    ]
    return f"; {len(quiet)} minutes of this run had so few" if quiet else ""


RULE = Rule(
    code="AL007",
    title="No alarm on an error ratio rings for one error among few requests",
    severity=Severity.WARNING,
    step=Step.STAGE,
    why="At night one of three requests is 33 %: people are woken for nothing and stop to look.",
    fix="Ask for several breaching periods, or guard by metric math: IF(requests >= N, errors / requests, 0).",
    source_url="https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html",
    failure_modes=("obs-alarm-low-traffic-flap",),
    api_kinds=EVERY_KIND,
    parameters=(_SHORT_S,),
    judge=PerStage(each_alarm(_judge)),
)
