"""AL005: alarms must look at metrics that the stage publishes."""

from contracts.alarm_evidence import each_alarm
from contracts.evidence import AlarmMetric, DeployedAlarm, Missing
from contracts.rule import PerStage, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, undetermined

_METRICS = {"Count", "4XXError", "5XXError", "Latency", "IntegrationLatency", "CacheHitCount", "CacheMissCount"}
_OF_THE_API = {"ApiName"}
_OF_THE_STAGE = {"ApiName", "Stage"}
_OF_A_METHOD = {"ApiName", "Stage", "Method", "Resource"}


def _judge(alarm: DeployedAlarm, run: RunEvidence) -> Finding:
    api, stage = run.configuration.rest_api, run.stage
    if isinstance(api, Missing):
        return undetermined(api)
    if isinstance(stage, Missing):
        return undetermined(stage)
    name = api.value.name.encode("ascii", "ignore").decode()
    for metric in alarm.metrics:
        wrong = _wrong_name(metric, name) or _wrong_method(metric, run)
        if wrong is not None:
            return broken(f"{wrong}: the alarm never gets data")
    return held("the alarm looks at metrics that the stage publishes")


def _wrong_name(metric: AlarmMetric, api_name: str) -> str | None:
    names = set(metric.dimensions)
    if metric.metric_name not in _METRICS:
        return f"a REST API has no metric {metric.metric_name!r}"
    if names not in (_OF_THE_API, _OF_THE_STAGE, _OF_A_METHOD):
        return f"no metric has the dimensions {', '.join(sorted(names)) or '(none)'}"
    if metric.dimensions["ApiName"] != api_name:
        return f"ApiName is {metric.dimensions['ApiName']!r}, the API is published as {api_name!r}"
    return None


def _wrong_method(metric: AlarmMetric, run: RunEvidence) -> str | None:
    path, http_method = metric.dimensions.get("Resource"), metric.dimensions.get("Method")
    if path is None or http_method is None or isinstance(run.stage, Missing):
        return None
    api = run.deployed_api  # metrics carry the path of the resource, so the alarm has to name just that
    if not isinstance(api, Missing) and api.value.method(path, http_method) is None:
        return f"there is no method {http_method} {path}"
    if not run.stage.value.settings_for(path, http_method).metrics_enabled:
        return f"detailed metrics are off for {http_method} {path}"
    return None


RULE = Rule(
    code="AL005",
    title="Every alarm looks at metrics that the stage publishes",
    severity=Severity.WARNING,
    step=Step.STAGE,
    why="An alarm on dimensions that nobody publishes stays at INSUFFICIENT_DATA and never rings.",
    fix="Use ApiName (not the id) and Stage; Method and Resource only with detailed metrics; 4XXError, not 4xx.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html",
    failure_modes=("obs-alarm-wrong-dimensions",),
    judge=PerStage(each_alarm(_judge)),
)
