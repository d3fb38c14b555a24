"""The access log's group was deleted by hand."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    stage = deployment.client.get_stage(restApiId=deployment.rest_api_id, stageName=deployment.stage_name)
    name = stage["accessLogSettings"]["destinationArn"].split(":log-group:", 1)[1]
    deployment.clients.get("logs").delete_log_group(logGroupName=name)


FAULT = Fault(
    fault_id="access-log-deleted",
    title="The group of the access log was deleted: no line arrives any more",
    rule="OB006",
    subject="stage",
    step="stage",
    failure_mode="obs-log-group-deleted",
    plant=_plant,
    needs_redeployment=False,
)
