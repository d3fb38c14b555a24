"""A preflight no longer allows all headers that the contract needs."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    patch = {
        "op": "replace",
        "path": "/responseParameters/method.response.header.Access-Control-Allow-Headers",
        "value": "'accept,content-type'",
    }
    deployment.client.update_integration_response(
        **deployment.method("OPTIONS", "/users/{userId}"), statusCode="204", patchOperations=[patch]
    )


FAULT = Fault(
    fault_id="cors-allow-headers-drift",
    title="OPTIONS /users/{userId} does not allow the headers of the credentials: browsers block every call",
    rule="CO005",
    subject="/users/{userId}",
    step="integration_response",
    failure_mode="cors-allow-methods-drift",
    plant=_plant,
    consequences=("IS001",),
)
