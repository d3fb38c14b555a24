"""A function answers a picture whatever Accept says; API Gateway makes bytes for the first media type alone."""

from sandbox.faults.fault import Deployment, Fault
from sandbox.faults.function_code import wrap_function

_HANDLER = """
from original_handler import handler as original


def handler(event, context):
    for part, value in (("headers", "image/png"), ("multiValueHeaders", ["image/png"])):
        kept = {name: held for name, held in (event.get(part) or {}).items() if name.lower() != "accept"}
        event[part] = kept | {"Accept": value}
    return original(event, context)
"""


def _plant(deployment: Deployment) -> None:
    wrap_function(deployment, "user_service", _HANDLER)


FAULT = Fault(
    fault_id="picture-for-any-accept",
    title="GET /users/{userId}/avatar answers base64 text when image/png is not the first type of Accept",
    rule="BN001",
    subject="GET /users/{userId}/avatar",
    step="integration_response",
    failure_mode="bin-accept-first-only",
    plant=_plant,
    consequences=("MQ011",),
    operations=("POST /users", "GET /users/{userId}/avatar"),
)
