"""Detailed metrics were switched off."""

from sandbox.faults.fault import Deployment, Fault
from sandbox.faults.stage_settings import EVERY_METHOD, set_stage


def _plant(deployment: Deployment) -> None:
    set_stage(deployment, {f"{EVERY_METHOD}/metrics/enabled": "false"})


FAULT = Fault(
    fault_id="detailed-metrics-off",
    title="Nothing is counted by resource and method any more",
    rule="AL004",
    subject="stage",
    step="stage",
    failure_mode="obs-detailed-metrics-off",
    plant=_plant,
    needs_redeployment=False,
)
