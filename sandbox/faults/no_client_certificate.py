"""A production stage shows no certificate to its public backend."""

from sandbox.faults import production
from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    production.put_into_production(deployment, client_certificate=False)


FAULT = Fault(
    fault_id="no-client-certificate",
    title="The directory cannot tell the gateway from anybody else: production shows it no certificate",
    rule="SE005",
    subject="stage",
    step="integration_request",
    failure_mode="sec-client-cert",
    plant=_plant,
    settings=production.settings,
    needs_redeployment=False,
    operations=("GET /health",),
)
