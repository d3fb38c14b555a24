"""Collects a stage's CloudWatch metrics: the stage's own, and each method's where detailed metrics are on.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from contracts.evidence import Completeness, MetricPoint, Missing, TimeWindow
from contracts.metric_names import HTTP_API_NAMES
from probes import aws
from probes.collection import Collected, Patience, collect

NAMESPACE = "AWS/ApiGateway"

PERIOD_S = 60

_FAILED = frozenset({"InternalError", "Forbidden"})
_METRICS_A_CALL = 500
_POINTS_A_CALL = 100_800
_COUNTS = ("Sum", "Average", "SampleCount")
_PERCENTILES = ("p50", "p90", "p99")
_STATISTICS: Mapping[str, tuple[str, ...]] = {
    "Count": _COUNTS,
    "4XXError": _COUNTS,
    "5XXError": _COUNTS,
    "Latency": (*_COUNTS, *_PERCENTILES),
    "IntegrationLatency": (*_COUNTS, *_PERCENTILES),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Series:
    """One statistic of one metric."""

    metric_name: str
    statistic: str
    dimensions: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricScope:
    """Whose metrics are meant: a stage's, and those of ``(http_method, resource_path)`` with detailed metrics on.

    ``http_api_id`` is set for a stage of an HTTP API, whose metrics are known by it and have names of their own.

    See: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
    """

    api_name: str
    stage_name: str
    detailed_methods: tuple[tuple[str, str], ...] = ()
    http_api_id: str | None = None

    @property
    def stage_dimensions(self) -> dict[str, str]:
        """The stage's dimensions; ``api_name`` is a REST API's name as metrics have it."""
        if self.http_api_id is not None:
            return {"ApiId": self.http_api_id, "Stage": self.stage_name}
        return {"ApiName": self.api_name, "Stage": self.stage_name}

    @property
    def dimension_sets(self) -> tuple[dict[str, str], ...]:
        """The dimensions of the stage and of each method."""
        stage = self.stage_dimensions
        methods = ({**stage, "Method": method, "Resource": path} for method, path in self.detailed_methods)
        return (stage, *methods)


def collect_metrics(
    client: Any, *, scope: MetricScope, window: TimeWindow, expected_count: int = 0, patience: Patience | None = None
) -> Collected[MetricPoint]:
    """Collect the metrics of a stage, minute by minute.

    Args:
        client: A boto3 client of CloudWatch.
        scope: The stage, and its methods with detailed metrics.
        window: The time in which traffic was sent.
        expected_count: How many requests were answered; waited for until the metric Count says as many.
        patience: How long to wait for late delivery.

    Returns:
        Points of Sum, Average, SampleCount, and of p50, p90, p99 for the two latencies. Completeness counts requests.

    See: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
    """
    whole = _aligned(window)
    count = _Series(metric_name="Count", statistic="Sum", dimensions=scope.stage_dimensions)
    patience = patience or Patience()
    waiting = _Counted(_Metrics(client, [count], whole), expected_count)
    failed = collect(waiting, patience)
    everything = _Metrics(client, list(_series(scope)), whole)
    if failed is None and patience.may_go_on():
        failed = everything.read()
    return Collected(
        items=tuple(everything.points),
        completeness=_completeness(expected_count, waiting.found(), failed),
        missing=failed,
    )


@dataclass(slots=True)
class _Metrics:
    """Reads series over a window."""

    client: Any
    series: Sequence[_Series]
    window: TimeWindow
    points: list[MetricPoint] = field(default_factory=list)

    def read(self) -> Missing | None:
        """Read all points anew; return why it could not be done."""
        outcome = aws.read(lambda: list(self._calls()), action="cloudwatch:GetMetricData")
        if isinstance(outcome, Missing):
            return outcome
        self.points = [point for points, _ in outcome.value for point in points]
        unfinished = [status for _, statuses in outcome.value for status in statuses]
        return unfinished[0] if unfinished else None

    def _calls(self) -> Iterator[tuple[list[MetricPoint], list[Missing]]]:
        periods = max(1, int((self.window.end_at - self.window.start_at).total_seconds()) // PERIOD_S)
        size = max(1, min(_METRICS_A_CALL, _POINTS_A_CALL // periods))
        for start in range(0, len(self.series), size):
            yield self._call(self.series[start : start + size])

    def _call(self, series: Sequence[_Series]) -> tuple[list[MetricPoint], list[Missing]]:
        """Make one call with all its pages. A series is partial until its last page."""
        points: list[MetricPoint] = []
        statuses: dict[str, str] = {}
        more: dict[str, str] = {}
        while True:
            page = self.client.get_metric_data(
                MetricDataQueries=[_query(f"m{index}", item) for index, item in enumerate(series)],
                StartTime=self.window.start_at,
                EndTime=self.window.end_at,
                ScanBy="TimestampAscending",
                **more,
            )
            for result in page.get("MetricDataResults", []):
                statuses[result["Id"]] = result.get("StatusCode", "Complete")
                points.extend(self._points(series[int(result["Id"][1:])], result))
            if not page.get("NextToken"):
                return points, [
                    _unfinished(series[int(name[1:])], code) for name, code in statuses.items() if code in _FAILED
                ]
            more = {"NextToken": page["NextToken"]}

    def _points(self, series: _Series, result: Mapping[str, Any]) -> Iterator[MetricPoint]:
        for moment, value in zip(result["Timestamps"], result["Values"], strict=True):
            yield MetricPoint(
                metric_name=series.metric_name,
                statistic=series.statistic,
                dimensions=series.dimensions,
                start_at=_utc(moment),
                period_s=PERIOD_S,
                value=float(value),
            )


@dataclass(slots=True)
class _Counted:
    """Waits until the metric Count says that all requests were counted."""

    metrics: _Metrics
    expected_count: int

    def read_round(self) -> Missing | None:
        """Read the metric."""
        return self.metrics.read()

    def is_complete(self) -> bool:
        """Return whether as many requests were counted as were answered."""
        return self.found() >= self.expected_count

    def found(self) -> int:
        """Return how many requests were counted."""
        return round(sum(point.value for point in self.metrics.points))


def _series(scope: MetricScope) -> Iterator[_Series]:
    for dimensions in scope.dimension_sets:
        for metric_name, statistics in _STATISTICS.items():
            name = metric_name if scope.http_api_id is None else HTTP_API_NAMES.get(metric_name, metric_name)
            for statistic in statistics:
                yield _Series(metric_name=name, statistic=statistic, dimensions=dimensions)


def _query(query_id: str, series: _Series) -> dict[str, Any]:
    dimensions = [{"Name": name, "Value": value} for name, value in series.dimensions.items()]
    metric = {"Namespace": NAMESPACE, "MetricName": series.metric_name, "Dimensions": dimensions}
    return {"Id": query_id, "MetricStat": {"Metric": metric, "Period": PERIOD_S, "Stat": series.statistic}}


def _unfinished(series: _Series, code: str) -> Missing:
    named = f"{series.statistic} of {series.metric_name}"
    if code == "Forbidden":
        return Missing(reason=f"denied: {named}", aws_error_code=code, remedy="allow cloudwatch:GetMetricData")
    return Missing(reason=f"CloudWatch failed on {named}", aws_error_code=code, remedy="run again")


def _completeness(expected: int, found: int, failed: Missing | None) -> Completeness:
    if failed is not None:
        return Completeness(expected=expected, found=found, reason=failed.reason, remedy=failed.remedy)
    if found < expected:
        reason = f"the metric Count says {found} of {expected} requests by the deadline"
        return Completeness(
            expected=expected, found=found, reason=reason, remedy="wait longer: raise collection.deadline"
        )
    return Completeness(expected=expected, found=found)


def _aligned(window: TimeWindow) -> TimeWindow:
    """Return the window widened to whole periods, as CloudWatch keeps its points."""
    start_s = int(window.start_at.timestamp()) // PERIOD_S * PERIOD_S
    end_s = (int(window.end_at.timestamp()) // PERIOD_S + 2) * PERIOD_S
    return TimeWindow(start_at=datetime.fromtimestamp(start_s, tz=UTC), end_at=datetime.fromtimestamp(end_s, tz=UTC))


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
