"""All faults that can be planted."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.faults import (
    access_log_explains_nothing,
    access_log_holds_key,
    alarm_flaps,
    alarm_on_nothing,
    alarm_out_of_reach,
    alarm_rings_nobody,
    api_key_not_required,
    binary_conversion_fails,
    binary_type_lost,
    cache_invalidation_open,
    cache_key_missing,
    cache_not_encrypted,
    content_type_refused,
    correlation_lost,
    data_trace_left_on,
    detailed_metrics_off,
    error_envelope_split,
    gateway_cors_missing,
    headers_not_exposed,
    identity_source_moved,
    method_override_open,
    open_method,
    options_missing,
    ping_reserved,
    request_id_forgeable,
    response_header_dropped,
    selection_pattern_substring,
    selection_patterns_overlap,
    silence_not_alarmed,
    stage_variable_wrong_environment,
    stale_deployment,
    status_override_ignored,
    template_on_binary,
    trailing_slash_shadow,
    unescaped_template,
    validator_absent,
    weak_tls,
    write_cached,
)
from sandbox.faults.fault import Deployment, Fault

FAULTS: tuple[Fault, ...] = (
    validator_absent.FAULT,
    api_key_not_required.FAULT,
    open_method.FAULT,
    options_missing.FAULT,
    unescaped_template.FAULT,
    correlation_lost.FAULT,
    selection_pattern_substring.FAULT,
    binary_type_lost.FAULT,
    response_header_dropped.FAULT,
    gateway_cors_missing.FAULT,
    error_envelope_split.FAULT,
    stale_deployment.FAULT,
)

MORE_FAULTS: tuple[Fault, ...] = (
    cache_key_missing.FAULT,
    write_cached.FAULT,
    cache_invalidation_open.FAULT,
    cache_not_encrypted.FAULT,
    data_trace_left_on.FAULT,
    detailed_metrics_off.FAULT,
    access_log_explains_nothing.FAULT,
    access_log_holds_key.FAULT,
    request_id_forgeable.FAULT,
    alarm_on_nothing.FAULT,
    silence_not_alarmed.FAULT,
    alarm_flaps.FAULT,
    alarm_out_of_reach.FAULT,
    alarm_rings_nobody.FAULT,
    weak_tls.FAULT,
    trailing_slash_shadow.FAULT,
    method_override_open.FAULT,
    ping_reserved.FAULT,
    headers_not_exposed.FAULT,
    stage_variable_wrong_environment.FAULT,
    identity_source_moved.FAULT,
    content_type_refused.FAULT,
    status_override_ignored.FAULT,
    selection_patterns_overlap.FAULT,
    binary_conversion_fails.FAULT,
    template_on_binary.FAULT,
)
"""Faults beyond the demo's: each is planted alone."""


def plant(faults: Iterable[Fault], deployment: Deployment) -> None:
    """Plant faults as a bad deployment would: change the configuration, deploy it, and forget to deploy the rest."""
    chosen = tuple(faults)
    for fault in chosen:
        if fault.needs_redeployment:
            fault.plant(deployment)
    deployment.redeploy()
    for fault in chosen:
        if not fault.needs_redeployment:
            fault.plant(deployment)
