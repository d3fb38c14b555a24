"""A function behind a proxy integration answers its data instead of a proxy response."""

from sandbox.faults.fault import Deployment, Fault
from sandbox.faults.function_code import wrap_function

_HANDLER = """
from original_handler import handler as original


def handler(event, context):
    original(event, context)
    return {"users": []}
"""


def _plant(deployment: Deployment) -> None:
    wrap_function(deployment, "user_service", _HANDLER)


FAULT = Fault(
    fault_id="proxy-answer-malformed",
    title="The user service answers bare data: API Gateway makes 502 of it",
    rule="IS004",
    subject="GET /users",
    step="integration_response",
    failure_mode="int-malformed-proxy",
    plant=_plant,
)
