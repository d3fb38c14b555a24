"""The mock of OPTIONS has a template for another content type than the one that is taken without any."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    method = deployment.method("OPTIONS", "/users")
    patches = [
        {"op": "remove", "path": "/requestTemplates/application~1json"},
        {"op": "add", "path": "/requestTemplates/application~1xml", "value": '{"statusCode": 204}'},
    ]
    deployment.client.update_integration(**method, patchOperations=patches)


FAULT = Fault(
    fault_id="cors-mock-content-type",
    title="The mock of OPTIONS /users knows application/xml alone: preflights are answered 415",
    rule="CO002",
    subject="/users",
    step="method_request",
    failure_mode="cors-mock-content-type",
    plant=_plant,
    consequences=("IS001",),
)
