"""The gateway response of all 5xx lost its CORS header."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    patch = {"op": "remove", "path": "/responseParameters/gatewayresponse.header.Access-Control-Allow-Origin"}
    deployment.client.update_gateway_response(
        restApiId=deployment.rest_api_id, responseType="DEFAULT_5XX", patchOperations=[patch]
    )


FAULT = Fault(
    fault_id="cors-gateway-5xx-missing",
    title="DEFAULT_5XX lost Access-Control-Allow-Origin: browsers hide 500, 502 and 504",
    rule="CO007",
    subject="stage",
    step="gateway_response",
    failure_mode="cors-gwresp-5xx-missing",
    plant=_plant,
)
