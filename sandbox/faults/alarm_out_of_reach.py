"""A percentage stands where a fraction is asked for."""

from sandbox.faults.alarm_settings import put_alarms
from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    put_alarms(deployment, Threshold=5)


FAULT = Fault(
    fault_id="alarm-out-of-reach",
    title="The alarm on errors asks for more than 500 %: it never rings",
    rule="AL008",
    subject="alarm users-api-errors",
    step="stage",
    failure_mode="obs-alarm-unit-threshold",
    plant=_plant,
    needs_redeployment=False,
    operations=("GET /health",),
)
