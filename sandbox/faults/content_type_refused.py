"""The mapping template stands under another content type than the contract's."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    method = deployment.method("POST", "/legacy/users/search")
    template = deployment.client.get_integration(**method)["requestTemplates"]["application/json"]
    patches = [
        {"op": "remove", "path": "/requestTemplates/application~1json"},
        {"op": "add", "path": "/requestTemplates/application~1vnd.register+json", "value": template},
    ]
    deployment.client.update_integration(**method, patchOperations=patches)


FAULT = Fault(
    fault_id="content-type-refused",
    title="POST /legacy/users/search maps application/vnd.register+json only: JSON gets 415",
    rule="IQ009",
    subject="POST /legacy/users/search",
    step="integration_request",
    failure_mode="map-415-unexpected",
    plant=_plant,
)
