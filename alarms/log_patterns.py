"""Alarms on lines of the execution log: metric filters count them, alarms watch the counts.

A metric filter has no tags. Whose it is, the metric says that it publishes: ``Stageproof``, ``{owner}/{pattern}``.

See: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from alarms.actual import LOG_NAMESPACE
from alarms.alarm import Metric, MetricQuery
from alarms.calls import called
from alarms.evaluate import ComparisonOperator
from alarms.recommended import Signal
from alarms.resource import Resource, ResourceKind
from alarms.scope import PERIOD_S, StageScope
from gateway.errors import StageproofError
from gateway.http_api import HttpApiStage

_FILTER_SUFFIX = "-filter"
_FURTHER = ("applyOnTransformedLogs", "emitSystemFieldDimensions", "fieldSelectionCriteria")
"""Settings that no filter here has; one that somebody sets is a change by hand."""


class ExecutionLogOffError(StageproofError):
    """Alarms on the execution log are asked for where nothing writes it."""

    slug = "execution-log-off"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPattern:
    """Lines that are counted: those that hold one of some texts."""

    name: str
    meaning: str
    texts: tuple[str, ...]

    @property
    def filter_pattern(self) -> str:
        """The pattern in CloudWatch's syntax: quoted texts, any of which may stand in a line."""
        if len(self.texts) == 1:
            return f'"{self.texts[0]}"'
        return " ".join(f'?"{text}"' for text in self.texts)


PATTERNS = (
    LogPattern(
        name="authorizer-failures",
        meaning="an authorizer failed",
        texts=("configuration error: Authorizer", "configuration error: Invalid JSON in response"),
    ),
    LogPattern(
        name="mapping-failures",
        meaning="a mapping template or output mapping failed",
        texts=(
            "configuration error: Unable to transform",
            "configuration error: Unable to parse statusCode",
            "configuration error: No match for output mapping",
            "configuration error: Output mapping refers to an invalid method response",
        ),
    ),
    LogPattern(
        name="integration-timeouts",
        meaning="an integration timed out",
        texts=("Execution failed due to a timeout error",),
    ),
)
"""Texts as execution logs have them; only failures of the gateway, never a refusal of a client."""


def log_signals(scope: StageScope) -> Iterator[Signal]:
    """Return a signal for each pattern: it rings at the first line.

    Raises:
        ExecutionLogOffError: If the stage writes no execution log.
    """
    if isinstance(scope.stage, HttpApiStage):
        raise ExecutionLogOffError(
            "[alarms] log_patterns: an HTTP API writes no execution log, on which these alarms stand; "
            "set log_patterns = false"
        )
    if not any(settings.logging_level.upper() != "OFF" for settings in scope.stage.method_settings.values()):
        raise ExecutionLogOffError(
            f"[alarms] log_patterns: stage {scope.stage.stage_name!r} writes no execution log; set logging to ERROR in "
            "its method settings, or log_patterns = false"
        )
    for pattern in PATTERNS:
        metric = Metric(
            namespace=LOG_NAMESPACE,
            metric_name=_metric_name(scope.owner, pattern),
            dimensions=(),
            statistic="Sum",
            period_s=PERIOD_S,
        )
        yield Signal(
            name=f"log-{pattern.name}",
            description=f"The execution log of {scope.title} says: {pattern.meaning}",
            queries=(MetricQuery(query_id="m1", metric=metric),),
            comparison_operator=ComparisonOperator.GREATER,
            threshold=0.0,
            periods=1,
        )


def metric_filters(scope: StageScope, name_start: str) -> Iterator[Resource]:
    """Return the metric filters that count the patterns, as what plans compare.

    Args:
        scope: The stage.
        name_start: What the names begin with, up to the name of the signal.
    """
    for pattern in PATTERNS:
        yield Resource(
            resource_name=f"{name_start}log-{pattern.name}{_FILTER_SUFFIX}",
            kind=ResourceKind.METRIC_FILTER,
            definition={
                "logGroupName": log_group_name(scope),
                "filterPattern": pattern.filter_pattern,
                "metricTransformations": [
                    {
                        "metricName": _metric_name(scope.owner, pattern),
                        "metricNamespace": LOG_NAMESPACE,
                        "metricValue": "1",
                    }
                ],
            },
            owner=scope.owner,
        )


def read_metric_filters(client: Any, scope: StageScope) -> dict[str, Resource]:
    """Read the metric filters of the stage's execution log, by name: at most a hundred, for a log group has no more.

    Args:
        client: A boto3 client of CloudWatch Logs.
        scope: The stage.

    Raises:
        AlarmCallError: If AWS refuses the call.
    """
    selection = {"logGroupName": log_group_name(scope)}

    def pages_read() -> list[Mapping[str, Any]]:
        try:
            return list(client.get_paginator("describe_metric_filters").paginate(**selection))
        except client.exceptions.ResourceNotFoundException:
            return []  # API Gateway makes the group when it writes the first line

    pages = called(pages_read, action="logs:DescribeMetricFilters")
    found = (_held(document) for page in pages for document in page["metricFilters"])
    return {resource.resource_name: resource for resource in found}


def log_group_name(scope: StageScope) -> str:
    """Return the group of the stage's execution log."""
    return f"API-Gateway-Execution-Logs_{scope.api_id}/{scope.stage.stage_name}"


def counts_log_lines(resources: Iterable[Resource]) -> bool:
    """Whether any alarm watches a metric that is counted from logs."""
    return any(resource.definition.get("Namespace") == LOG_NAMESPACE for resource in resources)


def _metric_name(owner: str, pattern: LogPattern) -> str:
    return f"{owner}/{pattern.name}"


def _held(document: Mapping[str, Any]) -> Resource:
    transformations = [_transformation(one) for one in document["metricTransformations"]]
    metric_name = str(transformations[0]["metricName"]) if transformations else ""
    is_ours = bool(transformations) and transformations[0]["metricNamespace"] == LOG_NAMESPACE
    return Resource(
        resource_name=document["filterName"],
        kind=ResourceKind.METRIC_FILTER,
        definition={
            "logGroupName": document["logGroupName"],
            "filterPattern": document.get("filterPattern", ""),
            "metricTransformations": transformations,
            **{key: document[key] for key in _FURTHER if document.get(key)},
        },
        owner=metric_name.rpartition("/")[0] or None if is_ours else None,
    )


def _transformation(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a filter publishes, without what says the default: no unit, and no dimensions."""
    found = {
        key: document[key]
        for key in ("metricName", "metricNamespace", "metricValue", "defaultValue")
        if key in document
    }
    unit, dimensions = document.get("unit"), document.get("dimensions")
    return (
        found
        | ({"unit": unit} if unit not in {None, "None"} else {})
        | ({"dimensions": dimensions} if dimensions else {})
    )
