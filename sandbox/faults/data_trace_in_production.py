"""A production stage logs requests and answers whole."""

from sandbox.faults import production
from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    production.put_into_production(deployment, data_trace=True)


FAULT = Fault(
    fault_id="data-trace-in-production",
    title="The data trace is on in production: bodies of real users lie in the log",
    rule="OB009",
    subject="stage",
    step="stage",
    failure_mode="obs-data-trace-prod",
    plant=_plant,
    settings=production.settings,
    needs_redeployment=False,
    operations=("GET /health",),
)
