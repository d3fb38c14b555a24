"""AL008: an alarm's threshold must lie in what its statistic can be, in its unit."""

from contracts.alarm_evidence import each_alarm, error_ratio, rings_above, rings_below
from contracts.evidence import DeployedAlarm
from contracts.metric_names import ERROR_METRICS
from contracts.rule import EVERY_KIND, PerStage, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held

_UNITS = {"Latency": "Milliseconds", "IntegrationLatency": "Milliseconds", "DataProcessed": "Bytes"}
"""Every other metric is a Count."""


def _judge(alarm: DeployedAlarm, _run: RunEvidence) -> Finding:
    for metric in alarm.metrics:
        unit = _UNITS.get(metric.metric_name, "Count")
        if metric.unit not in {None, unit}:
            return broken(f"asks for {metric.metric_name} in {metric.unit}, it is published in {unit}: never any data")
        if metric.metric_name in ERROR_METRICS and metric.statistic == "SampleCount":
            return broken(f"SampleCount of {metric.metric_name} counts all requests, not the errors")
    if alarm.threshold is None:
        return held("the alarm stands on a band")
    if error_ratio(alarm) is not None and _never_above(alarm, alarm.threshold):
        return broken(f"the threshold {alarm.threshold:g} cannot be reached: the Average is a ratio between 0 and 1")
    if not alarm.expressions and _never_below(alarm, alarm.threshold):
        return broken(f"the threshold {alarm.threshold:g} cannot be reached: no metric falls below 0")
    return held("the threshold can be reached")


def _never_above(alarm: DeployedAlarm, threshold: float) -> bool:
    return rings_above(alarm) and (threshold > 1 or (threshold == 1 and "OrEqual" not in alarm.comparison_operator))


def _never_below(alarm: DeployedAlarm, threshold: float) -> bool:
    return rings_below(alarm) and (threshold < 0 or (threshold == 0 and "OrEqual" not in alarm.comparison_operator))


RULE = Rule(
    code="AL008",
    title="Every alarm's threshold can be reached, in its unit",
    severity=Severity.WARNING,
    step=Step.STAGE,
    why="A threshold of 5 on a ratio between 0 and 1, or a unit that nobody publishes, never rings.",
    fix="Write ratios as fractions (0.05), use Sum for counts of errors, and leave the unit out.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html",
    failure_modes=("obs-alarm-unit-threshold",),
    api_kinds=EVERY_KIND,
    judge=PerStage(each_alarm(_judge)),
    explained_by=("AL005",),
)
