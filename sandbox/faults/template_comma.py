"""A mapping template writes a comma after every item of a list, the last one too."""

from sandbox.faults.fault import Deployment, Fault

_RIGHT = "#if($foreach.hasNext), #end#end"
_WRONG = "#if($foreach.hasNext || !$foreach.hasNext), #end#end"


def _plant(deployment: Deployment) -> None:
    method = deployment.method("POST", "/legacy/users/search")
    template = deployment.client.get_integration(**method)["requestTemplates"]["application/json"]
    patch = {"op": "replace", "path": "/requestTemplates/application~1json", "value": template.replace(_RIGHT, _WRONG)}
    deployment.client.update_integration(**method, patchOperations=[patch])


FAULT = Fault(
    fault_id="template-comma",
    title="The request template of POST /legacy/users/search makes invalid JSON of tags",
    rule="IQ001",
    subject="POST /legacy/users/search",
    step="integration_request",
    failure_mode="map-vtl-foreach-comma",
    plant=_plant,
)
