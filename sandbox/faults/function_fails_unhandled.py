"""A function raises an exception that nobody handles."""

from sandbox.faults.fault import Deployment, Fault
from sandbox.faults.function_code import wrap_function

_HANDLER = """
from original_handler import handler as original


def handler(event, context):
    if event["resource"] == "/users" and event["httpMethod"] == "GET":
        raise KeyError("LastEvaluatedKey")
    return original(event, context)
"""


def _plant(deployment: Deployment) -> None:
    wrap_function(deployment, "user_service", _HANDLER)


FAULT = Fault(
    fault_id="function-fails-unhandled",
    title="The user service fails unhandled on GET /users: clients get 502 and no detail",
    rule="IS006",
    subject="GET /users",
    step="backend",
    failure_mode="int-lambda-unhandled",
    plant=_plant,
)
