"""A mapping template puts quotes around a number."""

from sandbox.faults.fault import Deployment, Fault

_RIGHT = "\"minAge\": $input.json('$.minAge'),"
_WRONG = '"minAge": "$input.path(\'$.minAge\')",'


def _plant(deployment: Deployment) -> None:
    method = deployment.method("POST", "/legacy/users/search")
    template = deployment.client.get_integration(**method)["requestTemplates"]["application/json"]
    patch = {"op": "replace", "path": "/requestTemplates/application~1json", "value": template.replace(_RIGHT, _WRONG)}
    deployment.client.update_integration(**method, patchOperations=[patch])


FAULT = Fault(
    fault_id="template-type-lost",
    title="The request template of POST /legacy/users/search sends minAge as a string",
    rule="IQ001",
    subject="POST /legacy/users/search",
    step="integration_request",
    failure_mode="map-vtl-type-loss",
    plant=_plant,
)
