"""A function answers its errors in a shape of its own."""

from sandbox.faults.fault import Deployment, Fault
from sandbox.faults.function_code import wrap_function

_HANDLER = """
import json

from original_handler import handler as original


def handler(event, context):
    answer = original(event, context)
    if answer["statusCode"] >= 400:
        answer["body"] = json.dumps({"message": json.loads(answer["body"])["error"]["message"]})
    return answer
"""


def _plant(deployment: Deployment) -> None:
    wrap_function(deployment, "user_service", _HANDLER)


FAULT = Fault(
    fault_id="backend-error-envelope-split",
    title='Errors of GET /users are {"message": …} instead of the error model',
    rule="ER002",
    subject="GET /users",
    step="integration_response",
    failure_mode="err-shape-split",
    plant=_plant,
    consequences=("MS002",),
)
