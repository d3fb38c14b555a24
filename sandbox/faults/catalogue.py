"""All faults that can be planted."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.faults import (
    api_key_not_required,
    binary_type_lost,
    correlation_lost,
    error_envelope_split,
    gateway_cors_missing,
    open_method,
    options_missing,
    response_header_dropped,
    selection_pattern_substring,
    stale_deployment,
    unescaped_template,
    validator_absent,
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
