"""Which metrics a stage publishes, of whichever kind its API is: what alarms on it may look at.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
See: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from contracts.evidence import Evidence, HttpApiConfiguration, Missing, Present
from contracts.metric_names import HTTP_API_NAMES, OF_HTTP_APIS_ALONE
from contracts.run_evidence import RunEvidence

_OF_BOTH = frozenset({"Count", "Latency", "IntegrationLatency"})
_OF_REST_APIS = _OF_BOTH | {*HTTP_API_NAMES, "CacheHitCount", "CacheMissCount"}
_OF_HTTP_APIS = _OF_BOTH | OF_HTTP_APIS_ALONE


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedMetrics:
    """The metrics of a stage: their names, and the dimension that says which API they are of, with its value.

    ``why_silent`` says why an operation ``(http_method, resource_path)`` has no metrics of its own; None where it has.
    """

    api_kind: str
    metric_names: frozenset[str]
    api_dimension: str
    api_value: str
    why_silent: Callable[[str, str], str | None]

    @property
    def dimension_sets(self) -> tuple[frozenset[str], ...]:
        """The names of the dimensions that metrics come with: of the API, of the stage, of an operation."""
        api = frozenset({self.api_dimension})
        return (api, api | {"Stage"}, api | {"Stage", "Method", "Resource"})


def published_metrics(run: RunEvidence) -> Evidence[PublishedMetrics]:
    """Return what the stage of a run publishes; Missing where its configuration could not be read."""
    http = run.configuration.http
    return _of_rest_api(run) if http is None else _of_http_api(http)


def _of_rest_api(run: RunEvidence) -> Evidence[PublishedMetrics]:
    api, stage = run.configuration.rest_api, run.stage
    if isinstance(api, Missing):
        return api
    if isinstance(stage, Missing):
        return stage
    settings_for = stage.value.settings_for

    def why_silent(http_method: str, path: str) -> str | None:
        deployed = run.deployed_api  # metrics carry the path of the resource, so the alarm has to name just that
        if not isinstance(deployed, Missing) and deployed.value.method(path, http_method) is None:
            return f"there is no method {http_method} {path}"
        is_detailed = settings_for(path, http_method).metrics_enabled
        return None if is_detailed else f"detailed metrics are off for {http_method} {path}"

    return Present(
        value=PublishedMetrics(
            api_kind="a REST API",
            metric_names=_OF_REST_APIS,
            api_dimension="ApiName",
            api_value=api.value.published_name,
            why_silent=why_silent,
        )
    )


def _of_http_api(http: HttpApiConfiguration) -> Evidence[PublishedMetrics]:
    if isinstance(http.http_api, Missing):
        return http.http_api
    if isinstance(http.stage, Missing):
        return http.stage
    api, stage = http.http_api.value, http.stage.value

    def why_silent(http_method: str, path: str) -> str | None:
        route = api.route(f"{http_method} {path}")
        if route is None:
            return f"there is no route {http_method} {path}"
        is_detailed = stage.settings_for(route.route_key).detailed_metrics_enabled
        return None if is_detailed else f"detailed metrics are off for {route.route_key}"

    return Present(
        value=PublishedMetrics(
            api_kind="an HTTP API",
            metric_names=_OF_HTTP_APIS,
            api_dimension="ApiId",
            api_value=api.http_api_id or "",
            why_silent=why_silent,
        )
    )
