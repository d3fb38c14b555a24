"""A gateway response answers a status that the contract does not know."""

from sandbox.faults.fault import Deployment, Fault

_HEADER = "gatewayresponse.header.Access-Control-Allow-Origin"
_TEMPLATE = (
    '{"error": {"code": "$context.error.responseType", "message": $context.error.messageString, '
    '"requestId": "$context.requestId"}}'
)


def _plant(deployment: Deployment) -> None:
    deployment.client.put_gateway_response(
        restApiId=deployment.rest_api_id,
        responseType="INVALID_API_KEY",
        statusCode="402",
        responseParameters={_HEADER: "'https://app.example.com'"},
        responseTemplates={"application/json": _TEMPLATE},
    )


FAULT = Fault(
    fault_id="gateway-status-undeclared",
    title="Requests without an API key are answered 402, which no operation declares",
    rule="MS001",
    subject="POST /users",
    step="method_response",
    failure_mode="err-undocumented-status",
    plant=_plant,
)
