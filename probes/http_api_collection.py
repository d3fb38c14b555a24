"""What AWS recorded of a night's traffic to an HTTP API: its access log and its metrics.

HTTP APIs write no execution log and send no traces: both are told as not applicable, and are not looked for.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-monitor.html
"""

from __future__ import annotations

from typing import Any

from contracts.evidence import Completeness, Configuration, Exchange, HttpApiConfiguration, Missing, Present, TimeWindow
from contracts.expectations import CollectionExpectations
from contracts.recording import RecordingWriter
from gateway.http_api import HttpApi, HttpApiStage
from probes.access_logs import collect_access_entries
from probes.aws import AwsSession
from probes.collection import Collected, Sought, counted_by_metrics, nothing
from probes.metrics import MetricScope, collect_metrics
from probes.night_collection import patience_of, run_jobs
from probes.progress import OnProgress

_NOT_APPLICABLE = {
    "executions": Completeness(expected=0, found=0, reason="not applicable: an HTTP API writes no execution log"),
    "traces": Completeness(expected=0, found=0, reason="not applicable: an HTTP API sends no traces"),
}


def collect_http_api_evidence(  # noqa: PLR0913 - one keyword a source
    session: AwsSession,
    configuration: Configuration,
    *,
    http_api_id: str,
    stage_name: str,
    exchanges: tuple[Exchange, ...],
    window: TimeWindow,
    expectations: CollectionExpectations,
    writer: RecordingWriter,
    on_progress: OnProgress,
) -> dict[str, Completeness]:
    """Collect access entries and metrics of exchanges, and write them.

    Returns:
        By kind, how much was found of what was looked for; what HTTP APIs have not with a reason and nothing missing.
    """
    http = configuration.http
    assert http is not None
    patience = patience_of(expectations, is_local=session.endpoint_url is not None)
    sought = Sought.of(exchanges, window=window)
    logs, cloudwatch = session.client("logs"), session.client("cloudwatch")

    def access_entries() -> Collected[Any]:
        if isinstance(http.stage, Missing):
            return nothing(sought.request_ids, http.stage)
        settings = http.stage.value.access_log_settings
        return collect_access_entries(logs, settings=settings, sought=sought, patience=patience)

    def metrics() -> Collected[Any]:
        return collect_metrics(
            cloudwatch,
            scope=_scope(http, http_api_id, stage_name),
            window=window,
            expected_count=counted_by_metrics(exchanges),
            patience=patience,
        )

    found = run_jobs({"access_entries": access_entries, "metrics": metrics}, patience, writer, on_progress)
    return {**_NOT_APPLICABLE, **found}


def _scope(http: HttpApiConfiguration, http_api_id: str, stage_name: str) -> MetricScope:
    api = http.http_api.value if isinstance(http.http_api, Present) else None
    stage = http.stage.value if isinstance(http.stage, Present) else None
    return MetricScope(
        api_name=api.name if api else http_api_id,
        stage_name=stage_name,
        detailed_methods=_detailed(api, stage),
        http_api_id=http_api_id,
    )


def _detailed(api: HttpApi | None, stage: HttpApiStage | None) -> tuple[tuple[str, str], ...]:
    if api is None or stage is None:
        return ()
    return tuple(
        (route.http_method, route.path)
        for route in api.routes
        if route.path is not None and stage.settings_for(route.route_key).detailed_metrics_enabled
    )
