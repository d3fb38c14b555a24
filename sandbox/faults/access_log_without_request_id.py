"""The format of the access log names no request id."""

from sandbox.faults.fault import Deployment, Fault

_FORMAT = '{"ip": "$context.identity.sourceIp", "status": "$context.status", "path": "$context.resourcePath"}'


def _plant(deployment: Deployment) -> None:
    patches = [{"op": "replace", "path": "/accessLogSettings/format", "value": _FORMAT}]
    deployment.client.update_stage(
        restApiId=deployment.rest_api_id, stageName=deployment.stage_name, patchOperations=patches
    )


FAULT = Fault(
    fault_id="access-log-without-request-id",
    title="The access-log format lost the request id: its lines cannot be joined with anything",
    rule="OB003",
    subject="stage",
    step="stage",
    failure_mode="obs-access-log-fields",
    plant=_plant,
    needs_redeployment=False,
)
