"""The contract was imported with its security at the root, which API Gateway ignores."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    patches = [
        {"op": "replace", "path": "/authorizationType", "value": "NONE"},
        {"op": "replace", "path": "/apiKeyRequired", "value": "false"},
    ]
    for http_method, path in (
        ("POST", "/users"),
        ("PUT", "/users/{userId}"),
        ("DELETE", "/users/{userId}"),
        ("PUT", "/users/{userId}/avatar"),
    ):
        deployment.client.update_method(**deployment.method(http_method, path), patchOperations=patches)


FAULT = Fault(
    fault_id="root-security-ignored",
    title="Every method lost its security on import: DELETE /users/{userId} is open to anybody",
    rule="MQ006",
    subject="DELETE /users/{userId}",
    step="method_request",
    failure_mode="deploy-root-security-ignored",
    plant=_plant,
    consequences=("DP002",),
)
