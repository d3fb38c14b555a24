"""A selection pattern uses '.', which excludes a newline, and an error message has several lines."""

from sandbox.faults.fault import Deployment, Fault
from sandbox.faults.function_code import wrap_function

_HANDLER = """
import original_handler


def handler(event, context):
    try:
        return original_handler.handler(event, context)
    except original_handler.LegacyError as error:
        raise original_handler.LegacyError(f"{error}\\nAsk the keeper of the register") from None
"""


def _plant(deployment: Deployment) -> None:
    wrap_function(deployment, "legacy", _HANDLER)
    method = deployment.method("POST", "/legacy/users/search")
    for status_code, response in deployment.client.get_integration(**method)["integrationResponses"].items():
        pattern = response.get("selectionPattern", "")
        if pattern.startswith("(?!"):
            deployment.client.delete_integration_response(**method, statusCode=status_code)
        elif pattern:
            patch = {"op": "replace", "path": "/selectionPattern", "value": pattern.replace(r"[\s\S]*", ".*")}
            deployment.client.update_integration_response(**method, statusCode=status_code, patchOperations=[patch])


FAULT = Fault(
    fault_id="selection-pattern-multiline",
    title="A selection pattern of POST /legacy/users/search misses error messages of several lines",
    rule="IS002",
    subject="POST /legacy/users/search",
    step="integration_response",
    failure_mode="int-selection-multiline",
    plant=_plant,
)
