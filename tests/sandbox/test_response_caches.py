"""The cache of a running stage: what is kept, what empties it, and what metrics and logs tell of it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from gateway.messages import CacheEntry, CacheFound, CacheKey, CacheLookup, CacheStore, EndpointResponse
from gateway.rest_api import CanarySettings, Integration, IntegrationType, Method, Resource, RestApi, Stage
from sandbox.deploy import AwsClients, Deployed, deploy, observed_stage
from sandbox.response_caches import ResponseCaches
from sandbox.sandbox import Sandbox
from sandbox.snapshot import DeployedStage
from sandbox.stage_driver import _with_canary
from tests.servers import served_by

NOON = datetime(2026, 11, 26, 12, 0, 0, tzinfo=UTC)
ON = {"/cacheClusterEnabled": "true", "/cacheClusterSize": "0.5", "/*/*/caching/enabled": "true"}


@dataclass(kw_only=True)
class Served:
    """A running sandbox with a stage before a backend that numbers its answers."""

    sandbox: Sandbox
    clients: AwsClients
    deployed: Deployed

    @property
    def client(self) -> Any:
        return self.clients.get("apigateway")

    @property
    def names(self) -> dict[str, str]:
        return {"restApiId": self.deployed.rest_api_id, "stageName": "dev"}

    def patch(self, values: dict[str, str]) -> None:
        operations = [{"op": "replace", "path": path, "value": value} for path, value in values.items()]
        self.client.update_stage(**self.names, patchOperations=operations)

    def get(self, path: str = "/users/1", **headers: str) -> httpx.Response:
        return httpx.get(f"{self.deployed.invoke_url}{path}", headers=headers)

    def is_kept(self, path: str = "/users/1") -> bool:
        return self.get(path).text == self.get(path).text


@pytest.fixture(scope="module")
def backend_url() -> Iterator[str]:
    numbers = itertools.count(1)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = str(next(numbers)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
            pass

    with served_by(Handler) as url:
        yield url


@pytest.fixture(scope="module")
def served(backend_url: str) -> Iterator[Served]:
    integration = Integration(
        integration_type=IntegrationType.HTTP_PROXY,
        http_method="GET",
        uri=f"{backend_url}/x",
        cache_key_parameters=("method.request.path.userId",),
    )
    method = Method(http_method="GET", integration=integration, request_parameters={"method.request.path.userId": True})
    api = RestApi(name="cached-tests", resources=(Resource(path="/users/{userId}", methods=(method,)),))
    with Sandbox() as sandbox:
        clients = AwsClients.local(sandbox.endpoint_url)
        stage = observed_stage("dev", log_group_name="access", clients=clients)
        yield Served(sandbox=sandbox, clients=clients, deployed=deploy(api, clients=clients, stage=stage))


@pytest.fixture
def cached(served: Served) -> Iterator[Served]:
    served.patch(ON)
    yield served
    served.patch({"/cacheClusterEnabled": "false"})


def test_a_stage_without_a_cache_keeps_nothing(served: Served) -> None:
    assert not served.is_kept()


def test_answers_are_kept_by_the_key(cached: Served) -> None:
    assert cached.is_kept("/users/1")
    assert cached.get("/users/1").text != cached.get("/users/2").text


def test_flushing_empties_the_cache(cached: Served) -> None:
    first = cached.get().text
    cached.client.flush_stage_authorizers_cache(**cached.names)
    assert cached.get().text == first
    cached.client.flush_stage_cache(**cached.names)
    assert cached.get().text != first


def test_a_new_deployment_keeps_what_is_cached(cached: Served) -> None:
    first = cached.get().text
    cached.client.create_deployment(**cached.names)
    assert cached.get().text == first


@pytest.mark.parametrize("change", [{"/cacheClusterSize": "1.6"}, {"/cacheClusterEnabled": "false"}])
def test_a_new_cache_instance_is_empty(cached: Served, change: dict[str, str]) -> None:
    first = cached.get().text
    cached.patch(change)
    cached.patch(ON)
    assert cached.get().text != first


def test_a_time_to_live_of_nought_and_more_than_an_hour(cached: Served) -> None:
    cached.patch({"/*/*/caching/ttlInSeconds": "0"})
    assert not cached.is_kept()
    with pytest.raises(ClientError, match="between 0 and 3600"):
        cached.patch({"/*/*/caching/ttlInSeconds": "3601"})
    cached.patch({"/*/*/caching/ttlInSeconds": "300"})


def test_strategies_reach_the_stage(cached: Served) -> None:
    first = cached.get().text
    ignored = cached.get(**{"Cache-Control": "max-age=0"})
    assert ignored.text == first
    assert ignored.headers["Warning"].startswith("199 ")
    cached.patch({"/*/*/caching/unauthorizedCacheControlHeaderStrategy": "FAIL_WITH_403"})
    assert cached.get(**{"Cache-Control": "max-age=0"}).status_code == 403
    cached.patch({"/*/*/caching/requireAuthorizationForCacheControl": "false"})
    assert cached.get(**{"Cache-Control": "max-age=0"}).text != first
    with pytest.raises(ClientError, match="Must be one of"):
        cached.patch({"/*/*/caching/unauthorizedCacheControlHeaderStrategy": "SHRUG"})
    cached.patch({"/*/*/caching/requireAuthorizationForCacheControl": "true"})


def test_metrics_and_trace_of_hits(cached: Served) -> None:
    before = _sums(cached)
    for path in ("/users/m", "/users/m", "/users/m", "/users/n"):
        last = cached.get(path)
    after = _sums(cached)
    counted = {name: after[name] - before.get(name, 0) for name in after}
    assert counted == {"Count": 4, "CacheHitCount": 2, "CacheMissCount": 2, "IntegrationLatency": 2}
    assert last.headers["x-amzn-RequestId"]


def _sums(served: Served) -> dict[str, float]:
    """Return how many requests each metric counted; of the integration latency, how many values it has."""
    served.sandbox.flush_telemetry()
    found: dict[str, float] = {}
    for name in ("Count", "CacheHitCount", "CacheMissCount", "IntegrationLatency"):
        statistic = "SampleCount" if name == "IntegrationLatency" else "Sum"
        points = served.clients.get("cloudwatch").get_metric_statistics(
            Namespace="AWS/ApiGateway",
            MetricName=name,
            Dimensions=[{"Name": "ApiName", "Value": "cached-tests"}, {"Name": "Stage", "Value": "dev"}],
            StartTime=datetime.now(UTC) - timedelta(hours=1),
            EndTime=datetime.now(UTC) + timedelta(hours=1),
            Period=7200,
            Statistics=[statistic],
        )["Datapoints"]
        found[name] = sum(point[statistic] for point in points)
    return found


def test_a_canary_shares_the_cache_only_where_it_is_told_to() -> None:
    for shares in (True, False):
        canary = CanarySettings(percent_traffic=100.0, deployment_id="canary", use_stage_cache=shares)
        stage = Stage(stage_name="dev", canary_settings=canary, cache_cluster_enabled=True)
        api = RestApi(name="a")
        base = DeployedStage(rest_api=api, stage=stage, account_id="1", region="x", canary_rest_api=api)
        assert _with_canary(base).stage.cache_cluster_enabled is shares


def test_the_oldest_entry_goes_first() -> None:
    caches = ResponseCaches(max_entries=2)
    api = RestApi(name="a", rest_api_id="a1")
    stage = DeployedStage(rest_api=api, stage=Stage(stage_name="dev"), account_id="1", region="x")
    entry = CacheEntry(response=EndpointResponse(), stored_at=NOON, ttl_s=1)
    keys = [CacheKey(namespace=name, http_method="GET") for name in "abc"]
    for key in (keys[0], keys[1], keys[0], keys[2]):
        caches.answer(stage, CacheStore(key=key, entry=entry))
    kept = [caches.answer(stage, CacheLookup(key=key)) for key in keys]
    assert kept == [CacheFound(entry=entry), CacheFound(entry=None), CacheFound(entry=entry)]
