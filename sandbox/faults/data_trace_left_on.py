"""Data trace was switched off for the stage, and outlived that on one method."""

from sandbox.faults.fault import Deployment, Fault
from sandbox.faults.stage_settings import EVERY_METHOD, OBSERVED, below, set_stage


def _plant(deployment: Deployment) -> None:
    off = {f"{EVERY_METHOD}/logging/dataTrace": "false"}
    set_stage(deployment, {**off, **below("/~1users/POST", OBSERVED)})


FAULT = Fault(
    fault_id="data-trace-left-on",
    title="Data trace is off for the stage and still on for POST /users",
    rule="OB010",
    subject="stage",
    step="stage",
    failure_mode="obs-data-trace-sticky",
    plant=_plant,
    needs_redeployment=False,
)
