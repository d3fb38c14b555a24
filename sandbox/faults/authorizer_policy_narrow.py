"""An authorizer's policy names one method, and API Gateway keeps it for the token."""

from sandbox.faults.fault import Deployment, Fault
from sandbox.faults.function_code import wrap_function

_HANDLER = """
from original_handler import handler as original


def handler(event, context):
    answer = original(event, context)
    answer["policyDocument"]["Statement"][0]["Resource"] = event["methodArn"]
    return answer
"""


def _plant(deployment: Deployment) -> None:
    wrap_function(deployment, "authorizer", _HANDLER)


FAULT = Fault(
    fault_id="authorizer-policy-narrow",
    title="The authorizer allows one user alone: the next deletion with the same token is refused",
    rule="MQ007",
    subject="DELETE /users/{userId}",
    step="method_request",
    failure_mode="auth-cache-policy",
    plant=_plant,
    operations=("POST /users", "DELETE /users/{userId}"),
)
