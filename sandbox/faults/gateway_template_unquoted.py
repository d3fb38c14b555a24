"""A gateway response writes a message without quotes."""

from sandbox.faults.fault import Deployment, Fault

_TEMPLATE = (
    '{"error": {"code": "$context.error.responseType", "message": $context.error.message, '
    '"requestId": "$context.requestId"}}'
)


def _plant(deployment: Deployment) -> None:
    patch = {"op": "replace", "path": "/responseTemplates/application~1json", "value": _TEMPLATE}
    deployment.client.update_gateway_response(
        restApiId=deployment.rest_api_id, responseType="DEFAULT_4XX", patchOperations=[patch]
    )


FAULT = Fault(
    fault_id="gateway-template-unquoted",
    title="DEFAULT_4XX writes $context.error.message without quotes: its JSON is invalid",
    rule="GR002",
    subject="POST /users",
    step="gateway_response",
    failure_mode="err-template-quoting",
    plant=_plant,
)
