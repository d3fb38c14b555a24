"""A function answers more than Lambda returns."""

from sandbox.faults.fault import Deployment, Fault
from sandbox.faults.function_code import wrap_function

_HANDLER = """
from original_handler import handler as original


def handler(event, context):
    answer = original(event, context)
    is_list = event.get("resource") == "/users" and event.get("httpMethod") == "GET"
    if is_list and (event.get("queryStringParameters") or {}).get("limit") == "50":
        answer["body"] += " " * 7_000_000
    return answer
"""


def _plant(deployment: Deployment) -> None:
    wrap_function(deployment, "user_service", _HANDLER)


FAULT = Fault(
    fault_id="answer-too-large",
    title="GET /users with the largest page answers more than 6 MB: Lambda does not return it",
    rule="LM005",
    subject="GET /users",
    step="backend",
    failure_mode="lim-lambda-6mb",
    plant=_plant,
)
