"""AL005: alarms must look at metrics that the stage publishes."""

from contracts.alarm_evidence import each_alarm
from contracts.evidence import AlarmMetric, DeployedAlarm, Missing
from contracts.published_metrics import PublishedMetrics, published_metrics
from contracts.rule import EVERY_KIND, PerStage, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, undetermined


def _judge(alarm: DeployedAlarm, run: RunEvidence) -> Finding:
    published = published_metrics(run)
    if isinstance(published, Missing):
        return undetermined(published)
    for metric in alarm.metrics:
        wrong = _wrong_name(metric, published.value) or _wrong_operation(metric, published.value)
        if wrong is not None:
            return broken(f"{wrong}: the alarm never gets data")
    return held("the alarm looks at metrics that the stage publishes")


def _wrong_name(metric: AlarmMetric, published: PublishedMetrics) -> str | None:
    names = frozenset(metric.dimensions)
    if metric.metric_name not in published.metric_names:
        return f"{published.api_kind} has no metric {metric.metric_name!r}"
    if names not in published.dimension_sets:
        return f"no metric has the dimensions {', '.join(sorted(names)) or '(none)'}"
    named = metric.dimensions[published.api_dimension]
    if named != published.api_value:
        return f"{published.api_dimension} is {named!r}, the API is published as {published.api_value!r}"
    return None


def _wrong_operation(metric: AlarmMetric, published: PublishedMetrics) -> str | None:
    path, http_method = metric.dimensions.get("Resource"), metric.dimensions.get("Method")
    return None if path is None or http_method is None else published.why_silent(http_method, path)


RULE = Rule(
    code="AL005",
    title="Every alarm looks at metrics that the stage publishes",
    severity=Severity.WARNING,
    step=Step.STAGE,
    why="An alarm on dimensions that nobody publishes stays at INSUFFICIENT_DATA and never rings.",
    fix="Use ApiName (not the id), or ApiId of an HTTP API, and Stage; Method and Resource only with detailed metrics; "
    "4XXError, or 4xx of an HTTP API.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html",
    failure_modes=("obs-alarm-wrong-dimensions",),
    api_kinds=EVERY_KIND,
    judge=PerStage(each_alarm(_judge)),
)
