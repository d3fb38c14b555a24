"""The execution log of the stage was switched off."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    patches = [{"op": "replace", "path": "/*/*/logging/loglevel", "value": "OFF"}]
    deployment.client.update_stage(
        restApiId=deployment.rest_api_id, stageName=deployment.stage_name, patchOperations=patches
    )


FAULT = Fault(
    fault_id="execution-log-off",
    title="The execution log is off: nobody can tell why a request failed",
    rule="OB001",
    subject="stage",
    step="stage",
    failure_mode="obs-exec-log-off",
    plant=_plant,
    needs_redeployment=False,
)
