"""One error among few requests rings."""

from sandbox.faults.alarm_settings import put_alarms
from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    put_alarms(deployment, EvaluationPeriods=1)


FAULT = Fault(
    fault_id="alarm-flaps",
    title="One error among three requests at night rings the alarm",
    rule="AL007",
    subject="alarm users-api-errors",
    step="stage",
    failure_mode="obs-alarm-low-traffic-flap",
    plant=_plant,
    needs_redeployment=False,
    operations=("GET /health",),
)
