"""What AWS recorded of a night's traffic, fetched side by side and written to the recording."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from typing import Any

from contracts.evidence import Completeness, Configuration, Exchange, Missing, Present, TimeWindow
from contracts.expectations import CollectionExpectations
from contracts.recording import RecordingWriter
from gateway.rest_api import RestApi, Stage
from probes.access_logs import collect_access_entries
from probes.aws import AwsSession
from probes.collection import Collected, Patience, Sought, counted_by_metrics, nothing
from probes.execution_logs import collect_executions
from probes.metrics import MetricScope, collect_metrics
from probes.progress import OnProgress, Progress
from probes.test_invocations import collect_test_invocations
from probes.traces import collect_traces

KINDS = ("executions", "access_entries", "traces", "metrics")
_LOCAL_QUIET_S = 5.0
_AWS_QUIET_S = 90.0
"""Metrics come once a minute, so a minute without any says nothing."""

_AWS_SETTLE_S = 10.0


def collect_evidence(  # noqa: PLR0913 - one keyword a source
    session: AwsSession,
    configuration: Configuration,
    *,
    rest_api_id: str,
    stage_name: str,
    contract_api: RestApi,
    exchanges: tuple[Exchange, ...],
    window: TimeWindow,
    expectations: CollectionExpectations,
    writer: RecordingWriter,
    on_progress: OnProgress,
) -> dict[str, Completeness]:
    """Collect executions, access entries, traces and metrics of exchanges, and write them.

    Returns:
        By kind, how much was found of what was looked for.
    """
    stage = configuration.stage.value if isinstance(configuration.stage, Present) else None
    patience = patience_of(expectations, is_local=session.endpoint_url is not None)
    sought = Sought.of(exchanges, window=window)
    logged = Sought.of(_logged(exchanges, stage), window=window)
    api = configuration.rest_api.value if isinstance(configuration.rest_api, Present) else contract_api
    logs, xray, cloudwatch = (session.client(name) for name in ("logs", "xray", "cloudwatch"))
    jobs: dict[str, Callable[[], Collected[Any]]] = {
        "executions": lambda: _executions(logs, rest_api_id, stage_name, stage, sought, logged, patience),
        "access_entries": lambda: _access_entries(logs, configuration, stage, sought, patience),
        "traces": lambda: _traces(xray, stage, sought, patience),
        "metrics": lambda: collect_metrics(
            cloudwatch,
            scope=metric_scope(api, stage_name, stage),
            window=window,
            expected_count=counted_by_metrics(exchanges),
            patience=patience,
        ),
    }
    return run_jobs(jobs, patience, writer, on_progress)


def repeat_as_test_invocations(  # noqa: PLR0913 - one keyword a source
    session: AwsSession,
    configuration: Configuration,
    *,
    rest_api_id: str,
    exchanges: tuple[Exchange, ...],
    executions: Completeness,
    destructive_traffic: bool,
    expectations: CollectionExpectations,
    writer: RecordingWriter,
    on_progress: OnProgress,
) -> dict[str, Completeness]:
    """Repeat some exchanges as test invocations where the stage logged no executions, and write them.

    Returns:
        How many were repeated; nothing where there was no need.
    """
    found = collect_test_invocations(
        session,
        configuration,
        rest_api_id=rest_api_id,
        exchanges=exchanges,
        executions=executions,
        destructive_traffic=destructive_traffic,
        patience=patience_of(expectations, is_local=session.endpoint_url is not None),
        on_progress=on_progress,
    )
    for exchange, execution in found.items:
        writer.add_exchange(exchange)
        writer.add_execution(execution)
    is_needed = found.completeness.expected > 0 or found.missing is not None
    return {"test_invocations": found.completeness} if is_needed else {}


def patience_of(expectations: CollectionExpectations, *, is_local: bool) -> Patience:
    """Return how long to wait: a local endpoint delivers at once, so quiet there is the end sooner.

    At AWS what has not come at all is late, not lost: logs take seconds to minutes, metrics one to three minutes.
    """
    return Patience(
        deadline_s=expectations.deadline_s,
        poll_interval_s=expectations.poll_interval_s,
        quiet_s=_LOCAL_QUIET_S if is_local else _AWS_QUIET_S,
        waits_for_first=not is_local,
        settle_s=0.0 if is_local else _AWS_SETTLE_S,
    )


def metric_scope(api: RestApi, stage_name: str, stage: Stage | None) -> MetricScope:
    """Return whose metrics there are: the stage's, and those of the methods with detailed metrics."""
    detailed = tuple(
        (method.http_method, resource.path)
        for resource in api.resources
        for method in resource.methods
        if stage is not None and stage.settings_for(resource.path, method.http_method).metrics_enabled
    )
    return MetricScope(api_name=api.published_name, stage_name=stage_name, detailed_methods=detailed)


def run_jobs(
    jobs: Mapping[str, Callable[[], Collected[Any]]],
    patience: Patience,
    writer: RecordingWriter,
    on_progress: OnProgress,
) -> dict[str, Completeness]:
    """Run the collectors of kinds of evidence side by side and write what they find; return how whole each is.

    Args:
        jobs: The collectors by kind.
        patience: The one they share; Ctrl-C, or a collector that cannot go on, ends the waiting of all of them.
        writer: Writes each kind as a whole, as soon as it is there.
        on_progress: Is told of each.
    """
    add: Mapping[str, Callable[[Any], None]] = {
        "executions": writer.add_execution,
        "access_entries": writer.add_access_entry,
        "traces": writer.add_trace,
        "metrics": writer.add_metric,
    }
    found: dict[str, Completeness] = {}
    with ThreadPoolExecutor(len(jobs)) as pool:
        running = {pool.submit(job): kind for kind, job in jobs.items()}
        try:
            on_progress(Progress(phase="collection", total=len(jobs)))
            for future in as_completed(running):
                kind, collected = running[future], future.result()
                for item in collected.items:
                    add[kind](item)
                found[kind] = _with_foreign(collected)
                on_progress(Progress(phase="collection", operation=kind, done=len(found), total=len(jobs)))
        finally:
            patience.stopping.set()
    return {kind: found[kind] for kind in KINDS if kind in found}


def _executions(  # noqa: PLR0913, PLR0917 - passed through
    client: Any,
    rest_api_id: str,
    stage_name: str,
    stage: Stage | None,
    sought: Sought,
    logged: Sought,
    patience: Patience,
) -> Collected[Any]:
    if stage is not None and sought.request_ids and not logged.request_ids:
        why = Missing(reason="execution logging is off on this stage", remedy="set loggingLevel INFO of the stage")
        return nothing(sought.request_ids, why)
    return collect_executions(client, rest_api_id=rest_api_id, stage_name=stage_name, sought=logged, patience=patience)


def _access_entries(
    client: Any, configuration: Configuration, stage: Stage | None, sought: Sought, patience: Patience
) -> Collected[Any]:
    if stage is None:
        assert isinstance(configuration.stage, Missing)
        return nothing(sought.request_ids, configuration.stage)
    return collect_access_entries(client, settings=stage.access_log_settings, sought=sought, patience=patience)


def _traces(client: Any, stage: Stage | None, sought: Sought, patience: Patience) -> Collected[Any]:
    if stage is not None and not stage.tracing_enabled:
        why = Missing(reason="X-Ray tracing is off on this stage", remedy="set tracingEnabled of the stage")
        return nothing(sought.trace_ids, why)
    return collect_traces(client, sought=sought, patience=patience)


def _logged(exchanges: tuple[Exchange, ...], stage: Stage | None) -> tuple[Exchange, ...]:
    """Leave out the exchanges of methods whose logging is off: of these no execution is to be waited for."""
    if stage is None:
        return exchanges
    return tuple(
        exchange
        for exchange in exchanges
        if stage.settings_for(exchange.resource_path or "*", exchange.http_method).logging_level != "OFF"
    )


def _with_foreign(collected: Collected[Any]) -> Completeness:
    if not collected.foreign or collected.completeness.reason is not None:
        return collected.completeness
    words = f"{collected.foreign} requests of other clients were seen beside ours"
    return replace(collected.completeness, reason=words)
