"""The stage was pointed back to an older deployment."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    client = deployment.client
    stage = {"restApiId": deployment.rest_api_id, "stageName": deployment.stage_name}
    older = client.get_stage(**stage)["deploymentId"]
    patch = {"op": "replace", "path": "/timeoutInMillis", "value": "12000"}
    client.update_integration(**deployment.method("GET", "/users"), patchOperations=[patch])
    deployment.redeploy()
    client.update_stage(**stage, patchOperations=[{"op": "replace", "path": "/deploymentId", "value": older}])


FAULT = Fault(
    fault_id="deploy-rolled-back",
    title="The stage serves the deployment before the last: a change is not live any more",
    rule="DP001",
    subject="GET /users",
    step="stage",
    failure_mode="deploy-rollback",
    plant=_plant,
    needs_redeployment=False,
)
