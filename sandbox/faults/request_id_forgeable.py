"""The access log lost the id that no client can set."""

from sandbox.faults.fault import Deployment, Fault
from sandbox.faults.stage_settings import change_access_log


def _plant(deployment: Deployment) -> None:
    change_access_log(deployment, '"extendedRequestId": "$context.extendedRequestId", ', "")


FAULT = Fault(
    fault_id="request-id-forgeable",
    title="The access log is joined by an id that clients may set",
    rule="OB015",
    subject="stage",
    step="stage",
    failure_mode="obs-requestid-spoof",
    plant=_plant,
    needs_redeployment=False,
)
