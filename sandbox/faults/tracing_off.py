"""Tracing of the stage was switched off."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    patches = [{"op": "replace", "path": "/tracingEnabled", "value": "false"}]
    deployment.client.update_stage(
        restApiId=deployment.rest_api_id, stageName=deployment.stage_name, patchOperations=patches
    )


FAULT = Fault(
    fault_id="tracing-off",
    title="X-Ray tracing is off for the stage",
    rule="OB004",
    subject="stage",
    step="stage",
    failure_mode="obs-xray-off",
    plant=_plant,
    needs_redeployment=False,
)
