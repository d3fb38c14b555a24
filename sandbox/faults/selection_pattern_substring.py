"""A selection pattern was written as a substring: API Gateway matches the whole message."""

from sandbox.faults.fault import Deployment, Fault

_PATTERN = r"\[NotFound\][\s\S]*"


def _plant(deployment: Deployment) -> None:
    method = deployment.method("POST", "/legacy/users/search")
    responses = deployment.client.get_integration(**method)["integrationResponses"]
    status = next(code for code, response in responses.items() if response.get("selectionPattern") == _PATTERN)
    patch = {"op": "replace", "path": "/selectionPattern", "value": "NotFound"}
    deployment.client.update_integration_response(**method, statusCode=status, patchOperations=[patch])
    other = next(
        code for code, response in responses.items() if "BadRequest|NotFound" in response.get("selectionPattern", "")
    )
    deployment.client.delete_integration_response(**method, statusCode=other)


FAULT = Fault(
    fault_id="selection-pattern-substring",
    title="A selection pattern of POST /legacy/users/search is a substring: errors are answered as 200",
    rule="IS002",
    subject="POST /legacy/users/search",
    step="integration_response",
    failure_mode="int-selection-fullmatch",
    plant=_plant,
)
