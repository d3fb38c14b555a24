"""A function answers a client's mistake as a failure of its own."""

from sandbox.faults.fault import Deployment, Fault
from sandbox.faults.function_code import wrap_function

_HANDLER = """
from original_handler import handler as original


def handler(event, context):
    answer = original(event, context)
    if event["resource"] == "/users/{userId}" and event["httpMethod"] == "GET" and answer["statusCode"] >= 400:
        answer["statusCode"] = 500
    return answer
"""


def _plant(deployment: Deployment) -> None:
    wrap_function(deployment, "user_service", _HANDLER)


FAULT = Fault(
    fault_id="client-error-masked",
    title="Wrong requests to GET /users/{userId} are answered 500",
    rule="ER004",
    subject="GET /users/{userId}",
    step="backend",
    failure_mode="err-4xx-masked-5xx",
    plant=_plant,
)
