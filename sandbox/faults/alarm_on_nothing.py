"""An alarm names the API by its identifier, as HTTP APIs do."""

from sandbox.faults.alarm_settings import put_alarms
from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    put_alarms(deployment, Dimensions=[{"Name": "ApiId", "Value": deployment.rest_api_id}])


FAULT = Fault(
    fault_id="alarm-on-nothing",
    title="The alarm on errors looks at a dimension that no REST API publishes",
    rule="AL005",
    subject="alarm users-api-errors",
    step="stage",
    failure_mode="obs-alarm-wrong-dimensions",
    plant=_plant,
    needs_redeployment=False,
    operations=("GET /health",),
)
