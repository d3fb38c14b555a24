"""The stage has the limits of the account, none of its own."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    patches = [
        {"op": "replace", "path": "/*/*/throttling/rateLimit", "value": "10000"},
        {"op": "replace", "path": "/*/*/throttling/burstLimit", "value": "5000"},
    ]
    deployment.client.update_stage(
        restApiId=deployment.rest_api_id, stageName=deployment.stage_name, patchOperations=patches
    )


FAULT = Fault(
    fault_id="no-stage-throttle",
    title="The stage may use the whole request quota of the account",
    rule="LM001",
    subject="stage",
    step="stage",
    failure_mode="thr-no-stage-limit",
    plant=_plant,
    needs_redeployment=False,
)
