"""The account has no role by which API Gateway writes logs."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    patch = {"op": "replace", "path": "/cloudwatchRoleArn", "value": ""}
    deployment.client.update_account(patchOperations=[patch])


FAULT = Fault(
    fault_id="cloudwatch-role-missing",
    title="The account lost the CloudWatch role of API Gateway: nothing is logged",
    rule="OB008",
    subject="stage",
    step="stage",
    failure_mode="obs-exec-log-role",
    plant=_plant,
    needs_redeployment=False,
)
