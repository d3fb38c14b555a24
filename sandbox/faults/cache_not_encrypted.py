"""Cached answers lie in the clear."""

from sandbox.faults.fault import Deployment, Fault
from sandbox.faults.stage_settings import CACHE, CACHED, EVERY_METHOD, below, set_stage


def _plant(deployment: Deployment) -> None:
    in_the_clear = {**CACHED, "caching/dataEncrypted": "false"}
    set_stage(deployment, {**CACHE, **below(EVERY_METHOD, in_the_clear)})


FAULT = Fault(
    fault_id="cache-not-encrypted",
    title="The stage's cache holds answers in the clear",
    rule="CA004",
    subject="stage",
    step="stage",
    failure_mode="cache-unencrypted",
    plant=_plant,
    needs_redeployment=False,
)
