"""Requests enough to be throttled, where ``[traffic] provoke_throttling`` allows it: real clients feel it too.

They go to one operation only, the safe one that the stage throttles first, and only where that takes few requests.
"""

from __future__ import annotations

import math
from dataclasses import replace

from contracts.contract import Contract
from contracts.evidence import Mode, Origin, Prediction
from contracts.operation import Operation
from gateway.rest_api import Stage
from probes.authentication import Credentials
from probes.good_request import good_request
from probes.http_probe import HttpProbe
from probes.prediction import BY_EITHER

AT_MOST = 100
"""More are not sent: a stage that takes more at once is not to be brought to its limit by a test."""


def throttle_requests(
    contract: Contract, operations: tuple[Operation, ...], credentials: Credentials, stage: Stage | None
) -> tuple[HttpProbe, ...]:
    """List them: burst and one second's rate of the operation, and a few more.

    Args:
        contract: The contract.
        operations: Those of it that were chosen.
        credentials: Of the run.
        stage: The stage, whose settings say how many requests it takes; None where it could not be read.
    """
    if stage is None:
        return ()
    counted = [(count, operation) for operation in operations if (count := _enough(operation, stage)) is not None]
    for count, operation in sorted(counted, key=lambda pair: pair[0]):
        good = good_request(contract, operation, credentials)
        if good is not None:
            probe = good.probe(origin=Origin.PROVOCATION, mode=Mode.POSITIVE, intent=f"one of {count} to be throttled")
            return (replace(probe, prediction=Prediction(answered_by=BY_EITHER)),) * count
    return ()


def _enough(operation: Operation, stage: Stage) -> int | None:
    """Return how many requests at once are surely too many; None where that is more than is sent."""
    if operation.http_method != "GET":
        return None
    settings = stage.settings_for(operation.resource_path, operation.http_method)
    if settings.throttling_rate_limit is None or settings.throttling_burst_limit is None:
        return None
    count = math.ceil(settings.throttling_burst_limit + settings.throttling_rate_limit) + 5
    return count if count <= AT_MOST else None
