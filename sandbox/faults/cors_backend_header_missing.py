"""A function behind a proxy integration answers without the CORS header."""

from sandbox.faults.fault import Deployment, Fault
from sandbox.faults.function_code import wrap_function

_HANDLER = """
from original_handler import handler as original


def handler(event, context):
    answer = original(event, context)
    for part in ("headers", "multiValueHeaders"):
        answer[part] = {
            name: value
            for name, value in (answer.get(part) or {}).items()
            if name.lower() != "access-control-allow-origin"
        }
    return answer
"""


def _plant(deployment: Deployment) -> None:
    wrap_function(deployment, "user_service", _HANDLER)


FAULT = Fault(
    fault_id="cors-backend-header-missing",
    title="The user service no longer sends Access-Control-Allow-Origin: the preflight passes, the call is blocked",
    rule="CO009",
    subject="GET /users",
    step="integration_response",
    failure_mode="cors-proxy-backend-missing",
    plant=_plant,
    consequences=("MS003",),
)
