"""A canary of another deployment answers half of the requests."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    deployment.client.create_deployment(
        restApiId=deployment.rest_api_id, stageName=deployment.stage_name, canarySettings={"percentTraffic": 50.0}
    )


FAULT = Fault(
    fault_id="deploy-canary-active",
    title="A canary answers 50 % of the requests from another deployment",
    rule="DP003",
    subject="stage",
    step="stage",
    failure_mode="deploy-canary-mixed",
    plant=_plant,
    needs_redeployment=False,
)
