"""The backend sends a header twice, in two spellings."""

from sandbox.faults.fault import Deployment, Fault
from sandbox.faults.function_code import wrap_function

_HANDLER = """
from original_handler import handler as original


def handler(event, context):
    answer = original(event, context)
    if event.get("resource") == "/users" and event.get("httpMethod") == "GET":
        repeated = {"Strict-Transport-Security": ["max-age=1"]}
        answer["multiValueHeaders"] = {**(answer.get("multiValueHeaders") or {}), **repeated}
    return answer
"""


def _plant(deployment: Deployment) -> None:
    wrap_function(deployment, "user_service", _HANDLER)


FAULT = Fault(
    fault_id="header-repeated",
    title="GET /users sends Strict-Transport-Security twice, with two values",
    rule="MS007",
    subject="GET /users",
    step="method_response",
    failure_mode="hdr-duplicate",
    plant=_plant,
)
