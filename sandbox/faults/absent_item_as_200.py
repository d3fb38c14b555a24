"""The template of a DynamoDB answer forgets that an absent item is answered 200."""

from sandbox.faults.fault import Deployment, Fault

_OVERRIDE = "#set($context.responseOverride.status = 404)\n"


def _plant(deployment: Deployment) -> None:
    path = {**deployment.method("GET", "/users/{userId}/preferences"), "statusCode": "200"}
    template = deployment.client.get_integration_response(**path)["responseTemplates"]["application/json"]
    assert _OVERRIDE in template
    patch = {
        "op": "replace",
        "path": "/responseTemplates/application~1json",
        "value": template.replace(_OVERRIDE, ""),
    }
    deployment.client.update_integration_response(**path, patchOperations=[patch])


FAULT = Fault(
    fault_id="absent-item-as-200",
    title="GET /users/{userId}/preferences answers 200 for a user who is not there",
    rule="IS001",
    subject="GET /users/{userId}/preferences",
    step="integration_response",
    failure_mode="map-status-override-ignored",
    plant=_plant,
    consequences=("MQ011",),
)
