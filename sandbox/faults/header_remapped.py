"""The backend sends a header that API Gateway renames."""

from sandbox.faults.fault import Deployment, Fault
from sandbox.faults.function_code import wrap_function

_HANDLER = """
from original_handler import handler as original


def handler(event, context):
    answer = original(event, context)
    if event.get("resource") == "/users" and event.get("httpMethod") == "GET":
        answer["headers"] = {**(answer.get("headers") or {}), "WWW-Authenticate": "Bearer"}
    return answer
"""


def _plant(deployment: Deployment) -> None:
    wrap_function(deployment, "user_service", _HANDLER)


FAULT = Fault(
    fault_id="header-remapped",
    title="GET /users sends WWW-Authenticate: clients get x-amzn-Remapped-WWW-Authenticate",
    rule="MS006",
    subject="GET /users",
    step="method_response",
    failure_mode="hdr-remapped",
    plant=_plant,
)
