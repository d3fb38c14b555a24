"""A function answers a sensitive field unmasked."""

from sandbox.faults.fault import Deployment, Fault
from sandbox.faults.function_code import wrap_function

_HANDLER = """
import json

from original_handler import handler as original


def handler(event, context):
    answer = original(event, context)
    if answer["statusCode"] == 201:
        body = json.loads(answer["body"])
        body["nationalId"] = json.loads(event["body"])["nationalId"]
        answer["body"] = json.dumps(body)
    return answer
"""


def _plant(deployment: Deployment) -> None:
    wrap_function(deployment, "user_service", _HANDLER)


FAULT = Fault(
    fault_id="national-id-answered",
    title="The user service answers national ids unmasked",
    rule="SE003",
    subject="POST /users",
    step="method_response",
    failure_mode="int-stacktrace-leak",
    plant=_plant,
)
