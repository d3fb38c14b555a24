"""The alarms that AWS recommends for API Gateway, each for a stage or for one operation.

See: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Best_Practice_Recommended_Alarms_AWS_Services.html#ApiGateway
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from alarms.alarm import Metric, MetricQuery
from alarms.evaluate import ComparisonOperator, MissingData
from alarms.scope import Operation, StageScope
from alarms.thresholds import threshold_tag
from contracts.alarm_expectations import AlarmThresholds, HistoryThreshold, history_threshold

Resolve = Callable[[str, tuple[MetricQuery, ...], HistoryThreshold], float]
"""Gives the threshold of a signal from the history of what it watches: ``(signal, queries, asked) -> threshold``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """What one alarm watches, before it has its name, actions and tags.

    ``is_server_side`` says that the stage itself is ill when it rings, and not its clients.
    """

    name: str
    description: str
    queries: tuple[MetricQuery, ...]
    comparison_operator: ComparisonOperator
    threshold: float
    periods: int
    treat_missing_data: MissingData = MissingData.NOT_BREACHING
    threshold_source: str | None = None
    is_server_side: bool = True
    threshold_metric_id: str | None = None


def recommended(
    scope: StageScope, thresholds: AlarmThresholds, resolve: Resolve, operation: Operation | None = None
) -> Iterator[Signal]:
    """Return the signals of a stage, or of an operation.

    Args:
        scope: The stage.
        thresholds: Where they ring.
        resolve: Gives thresholds that are derived from history.
        operation: The operation; None for the whole stage.
    """
    maker = _Maker(scope=scope, thresholds=thresholds, resolve=resolve, operation=operation)
    yield maker.error_rate("4XXError", thresholds.error_rate_4xx, periods=5)
    yield maker.error_rate("5XXError", thresholds.error_rate_5xx, periods=3)
    for metric_name, statistic, threshold in (
        ("Latency", "p90", thresholds.latency_p90_ms),
        ("Latency", "p99", thresholds.latency_p99_ms),
        ("IntegrationLatency", "p90", thresholds.integration_latency_p90_ms),
        ("IntegrationLatency", "p99", thresholds.integration_latency_p99_ms),
    ):
        if threshold is not None:
            yield maker.latency(metric_name, statistic, threshold)
    if thresholds.no_traffic_requests is not None:
        yield maker.no_traffic(thresholds.no_traffic_requests)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Maker:
    scope: StageScope
    thresholds: AlarmThresholds
    resolve: Resolve
    operation: Operation | None

    def error_rate(self, metric_name: str, threshold: float | str, *, periods: int) -> Signal:
        """A rate counts only in minutes with enough requests."""
        kind = metric_name[:3].lower()
        name, guard = self._name(f"{kind}-rate"), self.thresholds.minimum_requests
        value = self._threshold(name, self._rate(metric_name, 0), threshold)
        counted = f", in minutes with {guard} requests or more" if guard else ""
        return Signal(
            name=name,
            description=f"{self.scope.metric_name(metric_name)} rate of {self._whose} above {value:.4g} "
            f"for {periods} minutes{counted}",
            queries=self._rate(metric_name, guard),
            comparison_operator=ComparisonOperator.GREATER,
            threshold=value,
            periods=periods,
            threshold_source=_source(threshold),
            is_server_side=metric_name == "5XXError",
        )

    def latency(self, metric_name: str, statistic: str, threshold: float | str) -> Signal:
        """Latencies ring by percentile.

        Few samples are evaluated too: a p90 counts as certain only from 100 requests a minute on, so that an alarm that
        ignored fewer would be deaf on a small stage. Five periods keep it from flapping.
        """
        queries = (MetricQuery(query_id="m1", metric=self._metric(metric_name, statistic)),)
        kind = "latency" if metric_name == "Latency" else "integration-latency"
        name = self._name(f"{kind}-{statistic}")
        value = self._threshold(name, queries, threshold)
        return Signal(
            name=name,
            description=f"{metric_name} {statistic} of {self._whose} at or above {value:.4g} ms for 5 minutes",
            queries=queries,
            comparison_operator=ComparisonOperator.GREATER_OR_EQUAL,
            threshold=value,
            periods=5,
            threshold_source=_source(threshold),
        )

    def no_traffic(self, threshold: float | str) -> Signal:
        """No data is what this alarm is for, so missing data breaches."""
        queries = (MetricQuery(query_id="m1", metric=self._requests()),)
        name = self._name("no-traffic")
        value = self._threshold(name, queries, threshold)
        return Signal(
            name=name,
            description=f"Fewer than {value:.4g} requests a minute to {self._whose} for 10 minutes",
            queries=queries,
            comparison_operator=ComparisonOperator.LESS,
            threshold=value,
            periods=10,
            treat_missing_data=MissingData.BREACHING,
            threshold_source=_source(threshold),
        )

    def _rate(self, metric_name: str, minimum_requests: int) -> tuple[MetricQuery, ...]:
        """Return the rate of an error, which is none in minutes with fewer requests.

        AWS promises for REST APIs that the average of the error's metric is the rate; for HTTP APIs it promises only
        counts, so these are divided.
        """
        requests = MetricQuery(query_id="requests", metric=self._requests(), return_data=False)
        if self.scope.is_http:
            errors = MetricQuery(query_id="errors", metric=self._metric(metric_name, "Sum"), return_data=False)
            guarded = f"IF(requests >= {minimum_requests}, errors / requests)"
            ratio = guarded if minimum_requests else "errors / requests"
            return (MetricQuery(query_id="rate", expression=ratio, label="rate"), errors, requests)
        rate = self._metric(metric_name, "Average")
        if not minimum_requests:
            return (MetricQuery(query_id="m1", metric=rate),)
        return (
            MetricQuery(query_id="guarded", expression=f"IF(requests >= {minimum_requests}, rate)", label="rate"),
            MetricQuery(query_id="rate", metric=rate, return_data=False),
            requests,
        )

    def _requests(self) -> Metric:
        """Return the number of requests; that it is the number of samples, AWS says of REST APIs only."""
        return self._metric("Count", "Sum" if self.scope.is_http else "SampleCount")

    def _metric(self, metric_name: str, statistic: str) -> Metric:
        return self.scope.metric(metric_name, statistic, operation=self.operation)

    def _threshold(self, name: str, queries: tuple[MetricQuery, ...], threshold: float | str) -> float:
        if isinstance(threshold, str):
            return self.resolve(name, queries, history_threshold(threshold))
        return float(threshold)

    def _name(self, signal: str) -> str:
        return f"{self.operation.name}-{signal}" if self.operation else signal

    @property
    def _whose(self) -> str:
        stage = self.scope.title
        return f"{self.operation.name} ({stage})" if self.operation else stage


def _source(threshold: float | str) -> str | None:
    return threshold_tag(history_threshold(threshold)) if isinstance(threshold, str) else None
