"""The desired dashboards of a stage. Pure: the same input gives the same dashboards.

See: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Dashboards.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from alarms.alarm import Alarm
from alarms.resource import Resource
from alarms.scope import DetailedMetricsError, Operation, StageScope
from contracts.alarm_expectations import DashboardExpectations
from dashboards import widgets
from dashboards.access_log_queries import access_log_fields, error_types, failing_operations, slowest_requests
from dashboards.body import dashboard_resource, mark
from dashboards.layout import Widget, laid_out
from gateway.errors import StageproofError
from gateway.http_api import HttpApiStage

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_-]+")
_OPERATIONS_A_DASHBOARD = 100
_LONGEST_NAME = 255
_LONGEST_SUFFIX = "-operations-99"


class DashboardNameError(StageproofError):
    """A dashboard's name would be longer than CloudWatch allows."""

    slug = "dashboard-name"


def desired_dashboards(
    expectations: DashboardExpectations, scope: StageScope, alarms: Sequence[Alarm]
) -> tuple[Resource, ...]:
    """Return the dashboards that a stage should have.

    Args:
        expectations: The table ``[dashboards]``.
        scope: The stage.
        alarms: Its desired alarms, for their states and thresholds.

    Raises:
        DetailedMetricsError: If operations are to be shown, and none publishes metrics.
        DashboardNameError: If a name would be too long.
    """
    if not expectations.enabled:
        return ()
    name = dashboard_name(expectations, scope)
    found = [dashboard_resource(name, _body(_stage_widgets(expectations, scope, alarms)), tags=expectations.tags)]
    operations = _detailed(scope) if expectations.per_operation else []
    for start in range(0, len(operations), _OPERATIONS_A_DASHBOARD):
        shown = operations[start : start + _OPERATIONS_A_DASHBOARD]
        suffix = "operations" if start == 0 else f"operations-{start // _OPERATIONS_A_DASHBOARD + 1}"
        body = _body(_operation_widgets(scope, shown, alarms))
        found.append(dashboard_resource(f"{name}-{suffix}", body, tags=expectations.tags))
    return tuple(found)


def dashboard_name(expectations: DashboardExpectations, scope: StageScope) -> str:
    """Return the name of a stage's dashboard.

    It has the Region in it, for dashboards are of an account and of no Region: the same API in two Regions has two.

    Raises:
        DashboardNameError: If it is longer than CloudWatch allows.
    """
    name = f"{dashboard_names_start(expectations, scope)}-{scope.region}"
    if len(name) > _LONGEST_NAME - len(_LONGEST_SUFFIX):
        raise DashboardNameError(
            f"the dashboard name {name!r} is longer than {_LONGEST_NAME} characters with what is added for operations; "
            "choose a shorter [dashboards] name_prefix"
        )
    return name


def dashboard_names_start(expectations: DashboardExpectations, scope: StageScope) -> str:
    """Return how the names of a stage's dashboards begin, and began; they are of letters, digits, ``-`` and ``_``."""
    return _NOT_IN_NAMES.sub("-", f"{expectations.name_prefix}-{scope.api.name}-{scope.stage.stage_name}")


def _body(shown: Iterator[Widget]) -> dict[str, Any]:
    return {"start": "-PT3H", "periodOverride": "inherit", "widgets": laid_out(shown)}


def _stage_widgets(expectations: DashboardExpectations, scope: StageScope, alarms: Sequence[Alarm]) -> Iterator[Widget]:
    yield widgets.heading(_markdown(expectations, scope), height=3)
    yield from widgets.alarm_status(scope, alarms)
    yield widgets.traffic(scope)
    yield widgets.error_rates(scope, alarms)
    yield widgets.latency(scope, alarms)
    yield widgets.integration_share(scope)
    if isinstance(scope.stage, HttpApiStage):
        yield widgets.data_processed(scope)
    elif scope.stage.cache_cluster_enabled:
        yield widgets.cache(scope)
    yield from _log_widgets(scope)


def _log_widgets(scope: StageScope) -> Iterator[Widget]:
    fields = access_log_fields(scope.stage)
    if fields is None:
        return
    for title, query in (
        ("Operations that fail most", failing_operations(fields)),
        ("Error types of the gateway", error_types(fields)),
        ("Slowest requests", slowest_requests(fields)),
    ):
        if query:
            yield widgets.log_query(scope, title, fields.log_group_name, query)


def _operation_widgets(scope: StageScope, operations: Sequence[Operation], alarms: Sequence[Alarm]) -> Iterator[Widget]:
    yield widgets.heading(f"# {scope.title}: operations\n{mark(scope.owner)}")
    for operation in operations:
        yield widgets.traffic(scope, operation, width=8)
        yield widgets.error_rates(scope, alarms, operation, width=8)
        yield widgets.latency(scope, alarms, operation, width=8)


def _detailed(scope: StageScope) -> list[Operation]:
    """Return the operations that publish metrics.

    Raises:
        DetailedMetricsError: If none does.
    """
    found = scope.detailed_operations
    if not found:
        raise DetailedMetricsError(
            f"[dashboards] per_operation: stage {scope.stage.stage_name!r} publishes no metrics of single operations; "
            f"turn detailed metrics on ({scope.detailed_metrics_key}), or set per_operation = false"
        )
    return list(found)


def _markdown(expectations: DashboardExpectations, scope: StageScope) -> str:
    links = [
        f"[{title}]({url})"
        for title, url in (("Contract", expectations.contract_url), ("Last report", expectations.report_url))
        if url
    ]
    lines = [f"# {scope.title}", " · ".join(links), mark(scope.owner)]
    return "\n".join(line for line in lines if line)
