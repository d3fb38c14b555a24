"""What moto lacks and the suite needs, one file a gap. ``GAPS`` is the one list of them, in the order of filling."""

from __future__ import annotations

from types import ModuleType

from sandbox.control_plane import (
    alarm_actions,
    alarm_history,
    alarms,
    authorizers,
    caches,
    client_certificates,
    dashboards,
    deployments,
    domain_names,
    exports,
    gateway_responses,
    http_apis,
    imports,
    integrations,
    managed_policies,
    metric_data,
    metric_dimensions,
    metric_filters,
    paging,
    percentiles,
    rest_apis,
    revision,
    sns_delivery,
    sns_subscriptions,
    speed,
    stages,
    tags,
    templates,
    test_invoke,
    updates,
    urls,
    usage_plans,
)

GAPS: tuple[ModuleType, ...] = (
    revision,
    urls,
    rest_apis,
    imports,
    templates,
    integrations,
    authorizers,
    stages,
    deployments,
    gateway_responses,
    exports,
    updates,
    paging,
    usage_plans,
    caches,
    tags,
    client_certificates,
    domain_names,
    test_invoke,
    http_apis,
    percentiles,
    metric_dimensions,
    metric_data,
    metric_filters,
    alarms,
    alarm_history,
    alarm_actions,
    dashboards,
    sns_subscriptions,
    sns_delivery,
    managed_policies,
    speed,
)


def fill_gaps() -> None:
    """Fill every gap in the moto of this process; filling twice changes nothing."""
    for gap in GAPS:
        gap.install()
