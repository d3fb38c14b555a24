"""A gateway response lost its CORS header."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    patch = {"op": "remove", "path": "/responseParameters/gatewayresponse.header.Access-Control-Allow-Origin"}
    deployment.client.update_gateway_response(
        restApiId=deployment.rest_api_id, responseType="DEFAULT_4XX", patchOperations=[patch]
    )


FAULT = Fault(
    fault_id="gateway-cors-missing",
    title="DEFAULT_4XX lost Access-Control-Allow-Origin: browsers hide 400 and 403",
    rule="CO006",
    subject="stage",
    step="gateway_response",
    failure_mode="cors-gwresp-4xx-missing",
    plant=_plant,
)
