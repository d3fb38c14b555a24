"""The execution log's group was deleted by hand."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    name = f"API-Gateway-Execution-Logs_{deployment.rest_api_id}/{deployment.stage_name}"
    deployment.clients.get("logs").delete_log_group(logGroupName=name)


FAULT = Fault(
    fault_id="execution-log-deleted",
    title="The group of the execution log was deleted: no execution arrives any more",
    rule="OB006",
    subject="stage",
    step="stage",
    failure_mode="obs-log-group-deleted",
    plant=_plant,
    needs_redeployment=False,
)
