"""The backend says that its answer is compressed, and it is not."""

from sandbox.faults.fault import Deployment, Fault
from sandbox.faults.function_code import wrap_function

_HANDLER = """
from original_handler import handler as original


def handler(event, context):
    answer = original(event, context)
    if event.get("resource") == "/users" and event.get("httpMethod") == "GET":
        answer["headers"] = {**(answer.get("headers") or {}), "content-encoding": "gzip"}
    return answer
"""


def _plant(deployment: Deployment) -> None:
    wrap_function(deployment, "user_service", _HANDLER)


FAULT = Fault(
    fault_id="encoding-wrong",
    title="GET /users says Content-Encoding: gzip of a body that is plain: no client can read it",
    rule="MS008",
    subject="GET /users",
    step="method_response",
    failure_mode="cmp-compression",
    plant=_plant,
)
