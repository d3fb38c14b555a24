"""A function has no concurrency left."""

from sandbox.faults.fault import Deployment, Fault
from sandbox.faults.function_code import second_function


def _plant(deployment: Deployment) -> None:
    name = f"users-api-throttled-{deployment.rest_api_id}"
    patch = {"op": "replace", "path": "/uri", "value": second_function(deployment, name)}
    deployment.clients.get("lambda").put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    deployment.client.update_integration(**deployment.method("GET", "/users"), patchOperations=[patch])


FAULT = Fault(
    fault_id="function-throttled",
    title="GET /users calls a function without concurrency: throttled, and answered 500",
    rule="IQ007",
    subject="GET /users",
    step="integration_request",
    failure_mode="int-lambda-throttle",
    plant=_plant,
)
