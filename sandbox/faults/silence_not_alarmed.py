"""No alarm hears that the entry is dead."""

from sandbox.faults.alarm_settings import put_alarms
from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    put_alarms(deployment, silence=False)


FAULT = Fault(
    fault_id="silence-not-alarmed",
    title="No alarm rings when no request arrives any more",
    rule="AL006",
    subject="stage",
    step="stage",
    failure_mode="obs-alarm-no-traffic-blind",
    plant=_plant,
    needs_redeployment=False,
)
