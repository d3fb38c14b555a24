"""The gateway response of throttled requests has a shape of its own."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    deployment.client.put_gateway_response(
        restApiId=deployment.rest_api_id,
        responseType="THROTTLED",
        statusCode="429",
        responseParameters={"gatewayresponse.header.Access-Control-Allow-Origin": "'https://app.example.com'"},
        responseTemplates={"application/json": '{"message":$context.error.messageString}'},
    )
    patches = [
        {"op": "replace", "path": f"/*/*/throttling/{name}", "value": "1"} for name in ("rateLimit", "burstLimit")
    ]
    deployment.client.update_stage(
        restApiId=deployment.rest_api_id, stageName=deployment.stage_name, patchOperations=patches
    )


FAULT = Fault(
    fault_id="throttled-shape-split",
    title='THROTTLED answers {"message": …} and no Retry-After, on a stage that takes few requests',
    rule="ER001",
    subject="GET /users",
    step="gateway_response",
    failure_mode="thr-429-shape",
    plant=_plant,
    consequences=("CO002",),
)
