"""Cached answers lie in the clear."""

from sandbox.faults.contract_parts import key_countries_by_code
from sandbox.faults.fault import Deployment, Fault
from sandbox.faults.stage_settings import CACHED, cache_operation


def _plant(deployment: Deployment) -> None:
    cache_operation(deployment, "GET", "/countries/{code}", {**CACHED, "caching/dataEncrypted": "false"})


FAULT = Fault(
    fault_id="cache-not-encrypted",
    title="The stage's cache holds answers in the clear",
    rule="CA004",
    subject="stage",
    step="stage",
    failure_mode="cache-unencrypted",
    write_contract=key_countries_by_code,
    plant=_plant,
    operations=("GET /countries/{code}",),
    needs_redeployment=False,
)
