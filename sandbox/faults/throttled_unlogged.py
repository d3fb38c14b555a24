"""More requests are throttled than the access log tells of."""

from collections.abc import Mapping
from typing import Any

from sandbox.faults.fault import Deployment, Fault
from sandbox.faults.log_streams import access_log_group, keep_only
from sandbox.faults.stage_settings import OBSERVED, below, set_stage


def _plant(deployment: Deployment) -> None:
    slow = {**OBSERVED, "throttling/rateLimit": "1", "throttling/burstLimit": "2"}
    set_stage(deployment, below("/~1health/GET", slow))


def _spoil(deployment: Deployment) -> None:
    keep_only(deployment, access_log_group(deployment), lambda line: '"status": "429"' not in line)


def _settings(_: Deployment) -> Mapping[str, Any]:
    """Do not wait for lines that will never come."""
    return {"collection": {"deadline": "10s"}}


FAULT = Fault(
    fault_id="throttled-unlogged",
    title="GET /health is throttled at one request a second, and no line of the access log tells of it",
    rule="OB017",
    subject="stage",
    step="stage",
    failure_mode="thr-excess-429-unlogged",
    plant=_plant,
    settings=_settings,
    spoil_telemetry=_spoil,
    operations=("GET /health",),
)
