"""A gateway response does not tell the request id."""

from sandbox.faults.fault import Deployment, Fault

_TEMPLATE = (
    '{"error": {"code": "$context.error.responseType", "message": $context.error.messageString, '
    '"requestId": "unknown"}}'
)


def _plant(deployment: Deployment) -> None:
    patch = {"op": "replace", "path": "/responseTemplates/application~1json", "value": _TEMPLATE}
    deployment.client.update_gateway_response(
        restApiId=deployment.rest_api_id, responseType="DEFAULT_4XX", patchOperations=[patch]
    )


FAULT = Fault(
    fault_id="gateway-request-id-missing",
    title='DEFAULT_4XX says "unknown" where the request id belongs',
    rule="ER003",
    subject="POST /users",
    step="gateway_response",
    failure_mode="err-requestid-missing",
    plant=_plant,
)
