"""The gateway response of 401 has a shape of its own."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    patch = {
        "op": "replace",
        "path": "/responseTemplates/application~1json",
        "value": '{"Message": $context.error.messageString}',
    }
    deployment.client.update_gateway_response(
        restApiId=deployment.rest_api_id, responseType="UNAUTHORIZED", patchOperations=[patch]
    )


FAULT = Fault(
    fault_id="unauthorized-shape-split",
    title='UNAUTHORIZED answers {"Message": …} instead of the error model',
    rule="ER001",
    subject="DELETE /users/{userId}",
    step="gateway_response",
    failure_mode="auth-401-vs-403-shape",
    plant=_plant,
)
