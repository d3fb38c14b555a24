"""An authorizer takes most of the time of a request."""

from sandbox.faults.fault import Deployment, Fault
from sandbox.faults.function_code import wrap_function

_HANDLER = """
import time

from original_handler import handler as original


def handler(event, context):
    if event["authorizationToken"] == "Bearer allow":
        time.sleep(5.5)
    return original(event, context)
"""


def _plant(deployment: Deployment) -> None:
    wrap_function(deployment, "authorizer", _HANDLER)


FAULT = Fault(
    fault_id="authorizer-slow",
    title="The authorizer takes 5.5 s for a token that it has not seen",
    rule="AL002",
    subject="DELETE /users/{userId}",
    step="backend",
    failure_mode="auth-authorizer-latency",
    plant=_plant,
)
