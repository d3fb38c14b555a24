"""The backend no longer checks a parameter that API Gateway does not check."""

from sandbox.faults.fault import Deployment, Fault
from sandbox.faults.function_code import wrap_function

_HANDLER = """
from original_handler import handler as original


def handler(event, context):
    if event.get("resource") == "/users" and event.get("httpMethod") == "GET":
        for part in ("queryStringParameters", "multiValueQueryStringParameters"):
            kept = {name: value for name, value in (event.get(part) or {}).items() if name != "limit"}
            event[part] = kept or None
    return original(event, context)
"""


def _plant(deployment: Deployment) -> None:
    wrap_function(deployment, "user_service", _HANDLER)


FAULT = Fault(
    fault_id="parameter-constraint-ignored",
    title="GET /users takes any limit: API Gateway ignores its bounds, and the backend does too",
    rule="MQ011",
    subject="GET /users",
    step="method_request",
    failure_mode="val-param-format-ignored",
    plant=_plant,
)
