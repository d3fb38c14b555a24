"""A function names no content type, and API Gateway stamps application/json."""

from sandbox.faults.fault import Deployment, Fault
from sandbox.faults.function_code import wrap_function

_HANDLER = """
from original_handler import handler as original


def handler(event, context):
    answer = original(event, context)
    for part in ("headers", "multiValueHeaders"):
        answer[part] = {name: held for name, held in (answer.get(part) or {}).items() if name.lower() != "content-type"}
    return answer
"""


def _plant(deployment: Deployment) -> None:
    wrap_function(deployment, "user_service", _HANDLER)


FAULT = Fault(
    fault_id="content-type-stamped",
    title="GET /users/{userId}/avatar is labelled application/json",
    rule="MS004",
    subject="GET /users/{userId}/avatar",
    step="method_response",
    failure_mode="map-default-content-type",
    plant=_plant,
    operations=("POST /users", "GET /users/{userId}/avatar"),
)
