"""A response template sets a status as text."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    method = deployment.method("POST", "/legacy/users/search")
    path = {**method, "statusCode": "400"}
    template = deployment.client.get_integration_response(**path)["responseTemplates"]["application/json"]
    value = f'#set($context.responseOverride.status = "422"){template}'
    patch = {"op": "replace", "path": "/responseTemplates/application~1json", "value": value}
    deployment.client.update_integration_response(**path, patchOperations=[patch])


FAULT = Fault(
    fault_id="status-override-ignored",
    title='POST /legacy/users/search sets the status to "422" in quotes: API Gateway answers 400 all the same',
    rule="IS007",
    subject="POST /legacy/users/search",
    step="integration_response",
    failure_mode="map-status-override-ignored",
    plant=_plant,
)
