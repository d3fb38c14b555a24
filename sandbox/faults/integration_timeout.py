"""A function is slower than the timeout of its integration."""

from sandbox.faults.fault import Deployment, Fault
from sandbox.faults.function_code import wrap_function

_HANDLER = """
import time

from original_handler import handler as original


def handler(event, context):
    if event["resource"] == "/users" and event["httpMethod"] == "GET":
        time.sleep(0.5)
    return original(event, context)
"""


def _plant(deployment: Deployment) -> None:
    wrap_function(deployment, "user_service", _HANDLER)
    method = deployment.method("GET", "/users")
    patches = [{"op": "replace", "path": "/timeoutInMillis", "value": "250"}]
    deployment.client.update_integration(**method, patchOperations=patches)


FAULT = Fault(
    fault_id="integration-timeout",
    title="GET /users takes longer than its integration waits: clients get 504",
    rule="LM002",
    subject="GET /users",
    step="backend",
    failure_mode="int-timeout-29",
    plant=_plant,
)
