"""One gateway response was customised in API Gateway's own shape, beside the error model of all others."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    deployment.client.put_gateway_response(
        restApiId=deployment.rest_api_id,
        responseType="INVALID_API_KEY",
        statusCode="403",
        responseParameters={"gatewayresponse.header.Access-Control-Allow-Origin": "'https://app.example.com'"},
        responseTemplates={"application/json": '{"message":$context.error.messageString}'},
    )


FAULT = Fault(
    fault_id="error-envelope-split",
    title='INVALID_API_KEY answers {"message": …} instead of the error model',
    rule="ER001",
    subject="POST /users",
    step="gateway_response",
    failure_mode="err-shape-split",
    plant=_plant,
)
