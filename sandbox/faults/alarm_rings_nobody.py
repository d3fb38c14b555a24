"""The alarm rings and nobody is told."""

from sandbox.faults.alarm_settings import put_alarms
from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    put_alarms(deployment, AlarmActions=[])


FAULT = Fault(
    fault_id="alarm-rings-nobody",
    title="The alarm on errors has no action",
    rule="AL009",
    subject="alarm users-api-errors",
    step="stage",
    failure_mode="obs-alarm-no-action",
    plant=_plant,
    needs_redeployment=False,
    operations=("GET /health",),
)
