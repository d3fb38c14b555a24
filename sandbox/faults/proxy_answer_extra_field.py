"""A function behind a proxy integration answers one field more than the format has."""

from sandbox.faults.fault import Deployment, Fault
from sandbox.faults.function_code import wrap_function

_HANDLER = """
from original_handler import handler as original


def handler(event, context):
    return original(event, context) | {"requestId": context.aws_request_id}
"""


def _plant(deployment: Deployment) -> None:
    wrap_function(deployment, "user_service", _HANDLER)


FAULT = Fault(
    fault_id="proxy-answer-extra-field",
    title="The user service adds a field to its proxy response: API Gateway makes 502 of it",
    rule="IS004",
    subject="GET /users",
    step="integration_response",
    failure_mode="int-proxy-extra-field",
    plant=_plant,
)
