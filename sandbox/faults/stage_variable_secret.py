"""A stage variable holds a secret."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    patches = [{"op": "replace", "path": "/variables/databasePassword", "value": "correct-horse-1"}]
    deployment.client.update_stage(
        restApiId=deployment.rest_api_id, stageName=deployment.stage_name, patchOperations=patches
    )


FAULT = Fault(
    fault_id="stage-variable-secret",
    title="The stage variable databasePassword holds a password in the clear",
    rule="SE001",
    subject="stage",
    step="stage",
    failure_mode="stage-var-secret",
    plant=_plant,
    needs_redeployment=False,
)
