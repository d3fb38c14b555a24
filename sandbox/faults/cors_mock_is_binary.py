"""Every media type is binary, and the mock of OPTIONS fails."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    patches = [{"op": "add", "path": "/binaryMediaTypes/*~1*"}]
    deployment.client.update_rest_api(restApiId=deployment.rest_api_id, patchOperations=patches)


FAULT = Fault(
    fault_id="cors-mock-is-binary",
    title="binaryMediaTypes holds */*: the mocks of OPTIONS answer 500",
    rule="CO002",
    subject="/users/{userId}",
    step="method_request",
    failure_mode="cors-mock-binary",
    plant=_plant,
    consequences=("BN002", "ER004"),
    operations=("DELETE /users/{userId}",),
)
