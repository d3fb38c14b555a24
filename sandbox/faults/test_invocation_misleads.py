"""A key is asked for that the contract knows nothing of: tests in the console, which skip it, pass."""

from collections.abc import Mapping
from typing import Any

from sandbox.faults.fault import Deployment, Fault
from sandbox.faults.stage_settings import EVERY_METHOD, below, set_stage


def _plant(deployment: Deployment) -> None:
    set_stage(deployment, below(EVERY_METHOD, {"logging/loglevel": "ERROR", "logging/dataTrace": "false"}))
    patch = {"op": "replace", "path": "/apiKeyRequired", "value": "true"}
    method = deployment.method("GET", "/countries/{code}")
    deployment.client.update_method(**method, patchOperations=[patch])


def _settings(_: Deployment) -> Mapping[str, Any]:
    """Repeat as test invocations what the stage does not log."""
    return {"traffic": {"test_invoke": True}}


FAULT = Fault(
    fault_id="test-invocation-misleads",
    title="GET /countries/{code} works in the console, and the stage asks every client for a key that none has",
    rule="OB016",
    subject="GET /countries/{code}",
    step="method_request",
    failure_mode="obs-test-invoke-differs",
    plant=_plant,
    settings=_settings,
    consequences=("DP002", "GR005"),
)
