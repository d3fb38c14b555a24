"""A production stage stands behind no web ACL."""

from sandbox.faults import production
from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    production.put_into_production(deployment, web_acl=False)


FAULT = Fault(
    fault_id="no-web-acl",
    title="No web ACL filters what reaches the production stage",
    rule="SE006",
    subject="stage",
    step="stage",
    failure_mode="sec-waf-missing",
    plant=_plant,
    settings=production.settings,
    needs_redeployment=False,
    operations=("GET /health",),
)
