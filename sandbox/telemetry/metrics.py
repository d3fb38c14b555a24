"""CloudWatch metrics of a stage, without loss: every value of a minute stands with its count.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends

from gateway.response_cache import CacheOutcome
from sandbox.http_api.record import HttpApiRecord
from sandbox.telemetry.records import StageRecord

NAMESPACE = "AWS/ApiGateway"
_UNITS = {"Latency": "Milliseconds", "IntegrationLatency": "Milliseconds", "DataProcessed": "Bytes"}
_CLIENT_ERRORS = range(400, 500)
_SERVER_ERRORS = range(500, 600)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Series:
    account_id: str
    region: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    minute: int


class MetricBuffer:
    """Values of requests by minute and dimensions, until they are put.

    Args:
        minute_s: How long a minute lasts: 60 as on AWS, less where a clock shortens the periods of alarms.
    """

    def __init__(self, *, minute_s: float = 60.0) -> None:
        self._minute_s = minute_s
        self._values: dict[_Series, Counter[float]] = defaultdict(Counter)

    def add(self, record: StageRecord) -> None:
        """Count one request. It belongs to the minute in which it came."""
        deployed = record.deployed
        self._count(
            (deployed.account_id, deployed.region), record.received_at, _dimensions(record), tuple(_values(record))
        )

    def add_http_api(self, record: HttpApiRecord) -> None:
        """Count one request of an HTTP API."""
        deployed = record.request.deployed
        where = (deployed.account_id, deployed.region)
        self._count(where, record.request.received_at, record.dimensions(), tuple(record.values()))

    def _count(
        self,
        where: tuple[str, str],
        received_at: float,
        dimension_sets: Iterable[tuple[tuple[str, str], ...]],
        values: tuple[tuple[str, float], ...],
    ) -> None:
        minute = int(received_at // self._minute_s)
        for dimensions in dimension_sets:
            for name, value in values:
                series = _Series(account_id=where[0], region=where[1], name=name, dimensions=dimensions, minute=minute)
                self._values[series][value] += 1

    def put(self) -> None:
        """Put everything that was counted since the last time."""
        values, self._values = self._values, defaultdict(Counter)
        data: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
        for series, counts in values.items():
            data[series.account_id, series.region].extend(_documents(series, counts, self._minute_s))
        for (account_id, region), documents in data.items():
            cloudwatch_backends[account_id][region].put_metric_data(NAMESPACE, documents)


def _dimensions(record: StageRecord) -> Iterator[tuple[tuple[str, str], ...]]:
    deployed = record.deployed
    api_name = ("ApiName", deployed.rest_api.published_name)
    stage = ("Stage", deployed.stage.stage_name)
    yield (api_name,)
    yield api_name, stage
    http_method = record.request.http_method
    if record.resource_path and deployed.stage.settings_for(record.resource_path, http_method).metrics_enabled:
        yield api_name, ("Method", http_method), ("Resource", record.resource_path), stage


def _values(record: StageRecord) -> Iterator[tuple[str, float]]:
    status = record.response.status
    yield "Count", 1
    yield "4XXError", int(status in _CLIENT_ERRORS)
    yield "5XXError", int(status in _SERVER_ERRORS)
    yield "Latency", record.latency_ms
    call = record.integration_call
    if call is not None:
        yield "IntegrationLatency", call.latency_ms
    if record.deployed.stage.cache_cluster_enabled:  # for every request: the average is documented to be the hit rate
        yield "CacheHitCount", int(record.cache_outcome is CacheOutcome.HIT)
        yield "CacheMissCount", int(record.cache_outcome is CacheOutcome.MISS)


def _documents(series: _Series, counts: Counter[float], minute_s: float) -> Iterator[dict[str, Any]]:
    """Yield one statistic set for each distinct value, from which a percentile can still be told."""
    minute = datetime.fromtimestamp(series.minute * minute_s, tz=UTC).replace(tzinfo=None)
    for value, count in counts.items():
        yield {
            "MetricName": series.name,
            "Dimensions": [{"Name": name, "Value": text} for name, text in series.dimensions],
            "Timestamp": minute,
            "Unit": _UNITS.get(series.name, "Count"),
            "StatisticValues": {"SampleCount": count, "Sum": value * count, "Minimum": value, "Maximum": value},
        }
