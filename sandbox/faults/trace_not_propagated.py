"""Tracing of a function is off: its trace ends at the stage."""

from sandbox.faults.fault import Deployment, Fault
from sandbox.faults.function_code import second_function


def _plant(deployment: Deployment) -> None:
    uri = second_function(deployment, f"users-api-untraced-{deployment.rest_api_id}", tracing_mode="PassThrough")
    patch = {"op": "replace", "path": "/uri", "value": uri}
    deployment.client.update_integration(**deployment.method("GET", "/users"), patchOperations=[patch])


FAULT = Fault(
    fault_id="trace-not-propagated",
    title="GET /users calls a function with tracing PassThrough: its traces end at the stage",
    rule="OB005",
    subject="GET /users",
    step="integration_request",
    failure_mode="obs-xray-not-propagated",
    plant=_plant,
)
