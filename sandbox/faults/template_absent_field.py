"""A mapping template does not ask whether a field is there."""

from sandbox.faults.fault import Deployment, Fault

_RIGHT = '#if("$!search.minAge" != "")\n    "minAge": $input.json(\'$.minAge\'),\n#end'
_WRONG = '    "minAge": $!search.minAge,'


def _plant(deployment: Deployment) -> None:
    method = deployment.method("POST", "/legacy/users/search")
    template = deployment.client.get_integration(**method)["requestTemplates"]["application/json"]
    patch = {"op": "replace", "path": "/requestTemplates/application~1json", "value": template.replace(_RIGHT, _WRONG)}
    deployment.client.update_integration(**method, patchOperations=[patch])


FAULT = Fault(
    fault_id="template-absent-field",
    title="The request template of POST /legacy/users/search makes invalid JSON where minAge is absent",
    rule="IQ001",
    subject="POST /legacy/users/search",
    step="integration_request",
    failure_mode="map-vtl-null-empty",
    plant=_plant,
)
