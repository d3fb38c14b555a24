"""A gateway response exposes less than the contract promises."""

from sandbox.faults.fault import Deployment, Fault

_HEADER = "gatewayresponse.header.Access-Control-Expose-Headers"


def _plant(deployment: Deployment) -> None:
    patch = {"op": "replace", "path": f"/responseParameters/{_HEADER}", "value": "'location'"}
    deployment.client.update_gateway_response(
        restApiId=deployment.rest_api_id, responseType="DEFAULT_4XX", patchOperations=[patch]
    )


FAULT = Fault(
    fault_id="headers-not-exposed",
    title="DEFAULT_4XX no longer exposes X-Correlation-Id: scripts cannot tell support which request failed",
    rule="CO012",
    subject="POST /users",
    step="method_response",
    failure_mode="cors-expose-headers",
    plant=_plant,
)
