"""The fallback gateway response sets one status for all."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    patch = {"op": "replace", "path": "/statusCode", "value": "400"}
    deployment.client.update_gateway_response(
        restApiId=deployment.rest_api_id, responseType="DEFAULT_4XX", patchOperations=[patch]
    )


FAULT = Fault(
    fault_id="gateway-status-collapsed",
    title="DEFAULT_4XX answers 400 to everything: clients cannot tell 403 from 429",
    rule="GR001",
    subject="stage",
    step="gateway_response",
    failure_mode="err-default-status-override",
    plant=_plant,
    consequences=("IS001",),
)
