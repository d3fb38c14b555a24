"""A preflight no longer allows all methods that the contract needs."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    patch = {
        "op": "replace",
        "path": "/responseParameters/method.response.header.Access-Control-Allow-Methods",
        "value": "'GET,OPTIONS'",
    }
    deployment.client.update_integration_response(
        **deployment.method("OPTIONS", "/users/{userId}"), statusCode="204", patchOperations=[patch]
    )


FAULT = Fault(
    fault_id="cors-allow-methods-drift",
    title="OPTIONS /users/{userId} allows only GET: browsers block PUT and DELETE",
    rule="CO004",
    subject="/users/{userId}",
    step="integration_response",
    failure_mode="cors-allow-methods-drift",
    plant=_plant,
    consequences=("IS001",),
)
