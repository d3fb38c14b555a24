"""A function may run longer than its integration waits."""

from sandbox.faults.fault import Deployment, Fault
from sandbox.faults.function_code import wrap_function

_HANDLER = """
import time

from original_handler import handler as original


def handler(event, context):
    if True:
        time.sleep(0.5)
    return original(event, context)
"""


def _plant(deployment: Deployment) -> None:
    wrap_function(deployment, "legacy", _HANDLER)
    method = deployment.method("POST", "/legacy/users/search")
    patches = [{"op": "replace", "path": "/timeoutInMillis", "value": "250"}]
    deployment.client.update_integration(**method, patchOperations=patches)


FAULT = Fault(
    fault_id="function-outlives-gateway",
    title="POST /legacy/users/search works on after its client has got 504",
    rule="LM002",
    subject="POST /legacy/users/search",
    step="backend",
    failure_mode="int-timeout-mismatch",
    plant=_plant,
)
