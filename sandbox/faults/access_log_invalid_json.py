"""The format of the access log puts quotes around a value that brings its own."""

from sandbox.faults.fault import Deployment, Fault

_FORMAT = '{"requestId": "$context.requestId", "status": "$context.status", "error": "$context.error.messageString"}'


def _plant(deployment: Deployment) -> None:
    patches = [{"op": "replace", "path": "/accessLogSettings/format", "value": _FORMAT}]
    deployment.client.update_stage(
        restApiId=deployment.rest_api_id, stageName=deployment.stage_name, patchOperations=patches
    )


FAULT = Fault(
    fault_id="access-log-invalid-json",
    title="The access-log format quotes $context.error.messageString: lines of errors are no JSON",
    rule="OB007",
    subject="POST /users",
    step="stage",
    failure_mode="obs-access-log-invalid-json",
    plant=_plant,
    needs_redeployment=False,
)
