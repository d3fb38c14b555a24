"""A mapping template leaves the apostrophes as $util.escapeJavaScript escapes them."""

from sandbox.faults.fault import Deployment, Fault

_RIGHT = '"name": "$util.escapeJavaScript($!search.name).replaceAll("\\\\\'", "\'")"'
_WRONG = '"name": "$util.escapeJavaScript($!search.name)"'


def _plant(deployment: Deployment) -> None:
    method = deployment.method("POST", "/legacy/users/search")
    template = deployment.client.get_integration(**method)["requestTemplates"]["application/json"]
    patch = {"op": "replace", "path": "/requestTemplates/application~1json", "value": template.replace(_RIGHT, _WRONG)}
    deployment.client.update_integration(**method, patchOperations=[patch])


FAULT = Fault(
    fault_id="template-apostrophe",
    title="The request template of POST /legacy/users/search makes invalid JSON of names with an apostrophe",
    rule="IQ001",
    subject="POST /legacy/users/search",
    step="integration_request",
    failure_mode="map-vtl-single-quote",
    plant=_plant,
)
