"""The access log writes the callers' API keys."""

from sandbox.faults.fault import Deployment, Fault
from sandbox.faults.stage_settings import change_access_log


def _plant(deployment: Deployment) -> None:
    change_access_log(deployment, '"ip":', '"apiKey": "$context.identity.apiKey", "ip":')


FAULT = Fault(
    fault_id="access-log-holds-key",
    title="Every line of the access log holds the API key of its caller",
    rule="OB014",
    subject="POST /users",
    step="stage",
    failure_mode="obs-access-log-path-pii",
    plant=_plant,
    needs_redeployment=False,
)
