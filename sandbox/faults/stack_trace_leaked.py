"""A function shows its stack trace in the message of its errors."""

from sandbox.faults.fault import Deployment, Fault
from sandbox.faults.function_code import wrap_function

_HANDLER = """
import json

from original_handler import handler as original


def handler(event, context):
    answer = original(event, context)
    if answer["statusCode"] >= 400:
        body = json.loads(answer["body"])
        body["error"]["message"] = "Traceback (most recent call last): File app.py, line 12, in page"
        answer["body"] = json.dumps(body)
    return answer
"""


def _plant(deployment: Deployment) -> None:
    wrap_function(deployment, "user_service", _HANDLER)


FAULT = Fault(
    fault_id="stack-trace-leaked",
    title="Errors of GET /users show a stack trace",
    rule="SE002",
    subject="GET /users",
    step="integration_response",
    failure_mode="int-stacktrace-leak",
    plant=_plant,
)
