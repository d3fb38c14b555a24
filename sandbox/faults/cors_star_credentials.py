"""An integration response allows every origin and, at the same time, credentials."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    method = deployment.method("GET", "/health")
    name = "method.response.header.Access-Control-Allow-Credentials"
    deployment.client.update_method_response(
        **method,
        statusCode="200",
        patchOperations=[{"op": "add", "path": f"/responseParameters/{name}", "value": "false"}],
    )
    patches = [
        {"op": "add", "path": f"/responseParameters/{name}", "value": "'true'"},
        {
            "op": "replace",
            "path": "/responseParameters/method.response.header.Access-Control-Allow-Origin",
            "value": "'*'",
        },
    ]
    deployment.client.update_integration_response(**method, statusCode="200", patchOperations=patches)


FAULT = Fault(
    fault_id="cors-star-credentials",
    title="GET /health answers Access-Control-Allow-Origin '*' together with credentials: browsers refuse it",
    rule="CO001",
    subject="GET /health",
    step="integration_response",
    failure_mode="cors-star-credentials",
    plant=_plant,
    consequences=("IS001",),
)
