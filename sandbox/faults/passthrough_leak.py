"""Bodies of unmapped content types pass through as they are."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    method = deployment.method("POST", "/legacy/users/search")
    patches = [{"op": "replace", "path": "/passthroughBehavior", "value": "WHEN_NO_MATCH"}]
    deployment.client.update_integration(**method, patchOperations=patches)


FAULT = Fault(
    fault_id="passthrough-leak",
    title="POST /legacy/users/search passes text/plain on, with the national id unmasked",
    rule="IQ001",
    subject="POST /legacy/users/search",
    step="integration_request",
    failure_mode="map-passthrough-leak",
    plant=_plant,
    consequences=("IS001",),
)
