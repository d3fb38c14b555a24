"""JSON was declared a binary media type."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    patches = [{"op": "add", "path": "/binaryMediaTypes/application~1json"}]
    deployment.client.update_rest_api(restApiId=deployment.rest_api_id, patchOperations=patches)


FAULT = Fault(
    fault_id="json-is-binary",
    title="binaryMediaTypes holds application/json: JSON bodies are passed on as base64",
    rule="BN002",
    subject="stage",
    step="method_request",
    failure_mode="bin-json-base64-request",
    plant=_plant,
    consequences=("CO002", "ER004", "MQ002"),
    operations=("POST /users",),
)
