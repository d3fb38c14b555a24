"""An authorizer raises another error than 'Unauthorized'."""

from sandbox.faults.fault import Deployment, Fault
from sandbox.faults.function_code import wrap_function

_HANDLER = """
def handler(event, context):
    raise KeyError("issuer")
"""


def _plant(deployment: Deployment) -> None:
    wrap_function(deployment, "authorizer", _HANDLER)


FAULT = Fault(
    fault_id="authorizer-fails",
    title="The authorizer fails: right tokens are answered 500",
    rule="MQ007",
    subject="DELETE /users/{userId}",
    step="method_request",
    failure_mode="auth-authorizer-500",
    plant=_plant,
)
