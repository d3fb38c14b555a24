"""The widgets of a stage's dashboards, each a few properties in CloudWatch's form.

See: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from alarms.alarm import Alarm, Metric, MetricAlarm
from alarms.meaning import compared_metric
from alarms.scope import Operation, StageScope
from dashboards.layout import COLUMNS, Widget

_PERCENTILES = ("p50", "p90", "p99")
_RED, _ORANGE, _BLUE, _GREY = "#d62728", "#ff7f0e", "#1f77b4", "#7f7f7f"
_ALARMS_A_ROW = 6
_MOST_ALARMS = 100


def heading(markdown: str, *, height: int = 2) -> Widget:
    """Return a text over the whole width."""
    return Widget(widget_type="text", width=COLUMNS, height=height, properties={"markdown": markdown})


def alarm_status(scope: StageScope, alarms: Sequence[Alarm]) -> Iterator[Widget]:
    """Yield the states of alarms, in as many widgets as they need: CloudWatch shows at most 100 in one."""
    for start in range(0, len(alarms), _MOST_ALARMS):
        names = [alarm.alarm_name for alarm in alarms[start : start + _MOST_ALARMS]]
        title = f"Alarms {start + 1} to {start + len(names)}" if len(alarms) > _MOST_ALARMS else "Alarms"
        properties = {"title": title, "alarms": [alarm_arn(scope, name) for name in names]}
        rows = -(-len(names) // _ALARMS_A_ROW)
        yield Widget(widget_type="alarm", width=COLUMNS, height=1 + rows, properties=properties)


def alarm_arn(scope: StageScope, alarm_name: str) -> str:
    """Return the ARN of an alarm in the stage's account and Region."""
    return f"arn:{scope.partition}:cloudwatch:{scope.region}:{scope.account_id}:alarm:{alarm_name}"


def traffic(scope: StageScope, operation: Operation | None = None, *, width: int = 12) -> Widget:
    """Return the requests of each minute."""
    metrics = [_metric(scope.metric("Count", "Sum", operation=operation), label="requests", color=_BLUE)]
    return _graph(scope, _title("Traffic", operation), metrics, width=width, left=_axis(label="requests a minute"))


def error_rates(
    scope: StageScope, alarms: Sequence[Alarm] = (), operation: Operation | None = None, *, width: int = 12
) -> Widget:
    """Return the rates of 4XX and 5XX, with the thresholds of the alarms that watch them."""
    errors = {"4XXError": ("4XX rate", _ORANGE), "5XXError": ("5XX rate", _RED)}
    metrics = list(_divided(scope, errors, operation)) if scope.is_http else []
    metrics = metrics or [
        _metric(scope.metric(name, "Average", operation=operation), label=label, color=color)
        for name, (label, color) in errors.items()
    ]
    bands = _bands(scope, alarms, [scope.metric_name(name) for name in errors], operation)
    graph = _graph(scope, _title("Error rates", operation), metrics, width=width, left=_axis(label="share of requests"))
    return _with_bands(graph, bands)


def _divided(
    scope: StageScope, errors: Mapping[str, tuple[str, str]], operation: Operation | None
) -> Iterator[list[Any]]:
    """Yield the errors of an HTTP API as shares of its requests: AWS promises only that it counts both."""
    for name, (label, color) in errors.items():
        query_id = f"e{scope.metric_name(name)}"
        yield [{"expression": f"{query_id} / requests", "id": f"{query_id}rate", "label": label, "color": color}]
        yield _metric(scope.metric(name, "Sum", operation=operation), id=query_id, visible=False)
    yield _metric(scope.metric("Count", "Sum", operation=operation), id="requests", visible=False)


def latency(
    scope: StageScope, alarms: Sequence[Alarm] = (), operation: Operation | None = None, *, width: int = 12
) -> Widget:
    """Return the percentiles of the latency, with the thresholds of the alarms that watch them."""
    metrics = [
        _metric(scope.metric("Latency", statistic, operation=operation), label=statistic) for statistic in _PERCENTILES
    ]
    bands = _bands(scope, alarms, ("Latency",), operation)
    graph = _graph(scope, _title("Latency", operation), metrics, width=width, left=_axis(label="ms"))
    return _with_bands(graph, bands)


def integration_share(scope: StageScope, *, width: int = 12) -> Widget:
    """Return which part of the latency is the backend's."""
    share = {"expression": "100 * backend / total", "label": "backend's share of latency", "id": "share"}
    metrics: list[list[Any]] = [
        [share],
        _metric(scope.metric("IntegrationLatency", "Average"), id="backend", visible=False),
        _metric(scope.metric("Latency", "Average"), id="total", visible=False),
    ]
    return _graph(scope, "Integration share", metrics, width=width, left=_axis(label="%", top=100))


def cache(scope: StageScope, *, width: int = 12) -> Widget:
    """Return the hits and misses of the stage's cache."""
    metrics = [
        _metric(scope.metric("CacheHitCount", "Sum"), label="hits", color=_BLUE),
        _metric(scope.metric("CacheMissCount", "Sum"), label="misses", color=_GREY),
    ]
    return _graph(scope, "Cache", metrics, width=width, left=_axis(label="requests a minute"))


def data_processed(scope: StageScope, *, width: int = 12) -> Widget:
    """Return how much data an HTTP API passes on."""
    metrics = [_metric(scope.metric("DataProcessed", "Sum"), label="data", color=_BLUE)]
    return _graph(scope, "Data processed", metrics, width=width, left=_axis(label="bytes a minute"))


def log_query(scope: StageScope, title: str, log_group_name: str, query: Iterable[str], *, width: int = 12) -> Widget:
    """Return a table of Logs Insights.

    See: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
    """
    text = "\n| ".join([f"SOURCE '{log_group_name}'", *query])
    properties = {"title": title, "region": scope.region, "query": text, "view": "table"}
    return Widget(widget_type="log", width=width, properties=properties)


def _graph(scope: StageScope, title: str, metrics: list[list[Any]], *, width: int, left: dict[str, Any]) -> Widget:
    properties = {
        "title": title,
        "region": scope.region,
        "view": "timeSeries",
        "stacked": False,
        "period": 60,
        "metrics": metrics,
        "yAxis": {"left": left},
    }
    return Widget(widget_type="metric", width=width, properties=properties)


def _with_bands(graph: Widget, bands: Sequence[dict[str, Any]]) -> Widget:
    if not bands:
        return graph
    return replace(graph, properties={**graph.properties, "annotations": {"horizontal": list(bands)}})


def _metric(metric: Metric, **options: Any) -> list[Any]:
    dimensions = [text for dimension in metric.dimensions for text in dimension]
    return [metric.namespace, metric.metric_name, *dimensions, {"stat": metric.statistic, **options}]


def _axis(*, label: str, top: float | None = None) -> dict[str, Any]:
    return {"min": 0, "label": label, "showUnits": False} | ({"max": top} if top is not None else {})


def _bands(
    scope: StageScope, alarms: Sequence[Alarm], metric_names: Sequence[str], operation: Operation | None
) -> list[dict[str, Any]]:
    """Return a line for the threshold of each alarm that watches one of the metrics of the stage or operation."""
    dimensions = scope.dimensions(operation)
    bands = []
    for alarm in alarms:
        watched = compared_metric(alarm) if isinstance(alarm, MetricAlarm) else None
        if not isinstance(alarm, MetricAlarm) or watched is None or alarm.threshold_metric_id:
            continue  # what is computed, such as a burn rate, has another scale than the metrics that are shown
        if watched.metric_name in metric_names and watched.dimensions == dimensions:
            label = f"{watched.metric_name} {watched.statistic} alarm"
            bands.append({"label": label, "value": alarm.threshold, "color": _RED})
    return bands


def _title(title: str, operation: Operation | None) -> str:
    return f"{operation.name}: {title.lower()}" if operation else title
