"""Metrics come with all their statistics and pages; what cannot be read is Missing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from contracts.evidence import MetricPoint, TimeWindow
from probes.collection import Collected, Patience
from probes.metrics import NAMESPACE, MetricScope, collect_metrics

START = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
WINDOW = TimeWindow(start_at=START, end_at=START + timedelta(minutes=2))
SCOPE = MetricScope(api_name="sers api", stage_name="dev", detailed_methods=(("GET", "/users"),))


class FakeCloudWatch:
    """GetMetricData: each series has one value, in two pages; the first calls may fail."""

    def __init__(
        self, *, errors: list[str] | None = None, counts: list[float] | None = None, status: str = "Complete"
    ) -> None:
        self.errors = errors or []
        self.counts = counts or [7.0]
        self.status = status
        self.queries: list[list[dict[str, Any]]] = []

    def get_metric_data(self, **arguments: Any) -> dict[str, Any]:
        if self.errors:
            raise ClientError({"Error": {"Code": self.errors.pop(0), "Message": "told so"}}, "GetMetricData")
        queries = arguments["MetricDataQueries"]
        assert len(queries) <= 500
        if "NextToken" not in arguments:
            self.queries.append(queries)
        half = len(queries) // 2
        is_first = half > 0 and "NextToken" not in arguments
        value = self.counts.pop(0) if len(queries) == 1 and len(self.counts) > 1 else self.counts[0]
        results = [
            {"Id": item["Id"], "Timestamps": [START.replace(second=0)], "Values": [value], "StatusCode": self.status}
            for item in (queries[:half] if is_first else queries[half:])
        ]
        return {"MetricDataResults": results, **({"NextToken": "2"} if is_first else {})}


def collected(
    client: Any,
    *,
    expected_count: int = 7,
    scope: MetricScope = SCOPE,
    window: TimeWindow = WINDOW,
    sleeps: list[float] | None = None,
) -> Collected[MetricPoint]:
    clock = [0.0]

    def sleep(seconds: float) -> None:
        clock[0] += max(seconds, 0.1)
        if sleeps is not None:
            sleeps.append(seconds)

    patience = Patience(deadline_s=10.0, given_sleep=sleep, monotonic=lambda: clock[0])
    return collect_metrics(client, scope=scope, window=window, expected_count=expected_count, patience=patience)


def test_all_statistics_of_stage_and_methods() -> None:
    found = collected(FakeCloudWatch())
    stage = {"ApiName": "sers api", "Stage": "dev"}
    method = {**stage, "Method": "GET", "Resource": "/users"}
    for dimensions in (stage, method):
        statistics = {
            (point.metric_name, point.statistic) for point in found.items if dict(point.dimensions) == dimensions
        }
        counts = {
            (name, stat) for name in ("Count", "4XXError", "5XXError") for stat in ("Sum", "Average", "SampleCount")
        }
        latencies = {
            (name, stat)
            for name in ("Latency", "IntegrationLatency")
            for stat in ("Sum", "Average", "SampleCount", "p50", "p90", "p99")
        }
        assert statistics == counts | latencies
    assert found.items[0].start_at == START.replace(second=0)
    assert found.items[0].period_s == 60
    assert (found.completeness.expected, found.completeness.found, found.completeness.reason) == (7, 7, None)


def test_more_than_five_hundred_metrics_are_several_calls() -> None:
    client = FakeCloudWatch()
    scope = MetricScope(
        api_name="a", stage_name="dev", detailed_methods=tuple(("GET", f"/r{number}") for number in range(60))
    )
    found = collected(client, scope=scope)
    assert [len(queries) for queries in client.queries] == [1, 500, 500, 281]
    assert len(found.items) == 61 * 21


def test_a_long_window_takes_fewer_metrics_a_call() -> None:
    client = FakeCloudWatch()
    week = TimeWindow(start_at=START, end_at=START + timedelta(days=7))
    collected(client, window=week)
    assert max(map(len, client.queries)) == 9
    assert sum(map(len, client.queries)) == 1 + 42


def test_late_metrics_are_waited_for() -> None:
    sleeps: list[float] = []
    found = collected(FakeCloudWatch(counts=[3.0, 6.0, 7.0]), sleeps=sleeps)
    assert sleeps == [2.0, 2.0]
    assert found.completeness.found == 7


def test_too_few_by_the_deadline() -> None:
    found = collected(FakeCloudWatch(counts=[3.0]))
    assert found.completeness.reason == "the metric Count says 3 of 7 requests by the deadline"
    assert found.missing is None
    assert found.items


def test_access_denied_is_missing_with_the_action() -> None:
    sleeps: list[float] = []
    found = collected(FakeCloudWatch(errors=["AccessDenied"] * 9), sleeps=sleeps)
    assert found.items == ()
    assert found.missing is not None
    assert found.missing.remedy == "allow cloudwatch:GetMetricData"
    assert found.completeness.remedy == "allow cloudwatch:GetMetricData"
    assert sleeps == []


def test_throttling_is_waited_for() -> None:
    sleeps: list[float] = []
    found = collected(FakeCloudWatch(errors=["Throttling"]), sleeps=sleeps)
    assert found.missing is None
    assert sleeps == [4.0]


def test_a_series_that_failed_is_told() -> None:
    found = collected(FakeCloudWatch(status="InternalError"))
    assert found.missing is not None
    assert found.missing.reason == "CloudWatch failed on Sum of Count"


@pytest.fixture
def cloudwatch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield boto3.client("cloudwatch", region_name="us-east-1")


def test_a_metric_service(cloudwatch: Any) -> None:
    """The count is found in a real service's answer; percentiles, which moto lacks, are asked for only afterwards."""
    now = datetime.now(UTC)
    dimensions = [{"Name": "ApiName", "Value": "a"}, {"Name": "Stage", "Value": "dev"}]
    for _ in range(3):
        datum = {"MetricName": "Count", "Dimensions": dimensions, "Timestamp": now, "Value": 1.0, "Unit": "Count"}
        cloudwatch.put_metric_data(Namespace=NAMESPACE, MetricData=[datum])
    found = collected(
        _WithoutPercentiles(cloudwatch),
        expected_count=3,
        scope=MetricScope(api_name="a", stage_name="dev"),
        window=TimeWindow(start_at=now, end_at=now),
    )
    counted = {point.statistic: point.value for point in found.items if point.metric_name == "Count"}
    assert counted == {"Sum": 3.0, "Average": 1.0, "SampleCount": 3.0}
    assert found.completeness.found == 3


class _WithoutPercentiles:
    def __init__(self, client: Any) -> None:
        self.client = client

    def get_metric_data(self, **arguments: Any) -> Any:
        queries = [
            item for item in arguments.pop("MetricDataQueries") if not item["MetricStat"]["Stat"].startswith("p")
        ]
        return self.client.get_metric_data(MetricDataQueries=queries, **arguments)
