"""The template of a mock names no status."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    method = deployment.method("OPTIONS", "/users")
    patches = [{"op": "replace", "path": "/requestTemplates/application~1json", "value": "{}"}]
    deployment.client.update_integration(**method, patchOperations=patches)


FAULT = Fault(
    fault_id="cors-mock-without-status",
    title="The mock of OPTIONS /users has no statusCode: preflights are answered 500",
    rule="CO002",
    subject="/users",
    step="method_request",
    failure_mode="cors-mock-statuscode",
    plant=_plant,
    consequences=("IS001",),
)
