"""The API lost its binary media type."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    patch = {"op": "remove", "path": "/binaryMediaTypes/image~1png"}
    deployment.client.update_rest_api(restApiId=deployment.rest_api_id, patchOperations=[patch])


FAULT = Fault(
    fault_id="binary-type-lost",
    title="image/png is no longer a binary media type: clients get base64 text",
    rule="BN001",
    subject="GET /users/{userId}/avatar",
    step="integration_response",
    failure_mode="bin-base64-garbage",
    plant=_plant,
    operations=("POST /users", "GET /users/{userId}/avatar"),
)
