"""The stage writes no access log."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    patches = [{"op": "remove", "path": "/accessLogSettings"}]
    deployment.client.update_stage(
        restApiId=deployment.rest_api_id, stageName=deployment.stage_name, patchOperations=patches
    )


FAULT = Fault(
    fault_id="access-log-off",
    title="The stage has no access-log settings any more",
    rule="OB002",
    subject="stage",
    step="stage",
    failure_mode="obs-access-log-off",
    plant=_plant,
    needs_redeployment=False,
)
