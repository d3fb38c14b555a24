"""A mapping template puts a value into JSON without escaping it."""

from sandbox.faults.fault import Deployment, Fault

_TEMPLATE = (
    '{"operation": "searchUsers", "requestId": "$context.requestId", "criteria": {"name": "$input.path(\'$.name\')"}}'
)


def _plant(deployment: Deployment) -> None:
    method = deployment.method("POST", "/legacy/users/search")
    patch = {"op": "replace", "path": "/requestTemplates/application~1json", "value": _TEMPLATE}
    deployment.client.update_integration(**method, patchOperations=[patch])


FAULT = Fault(
    fault_id="unescaped-template",
    title="The request template of POST /legacy/users/search was rewritten: no escaping, fields forgotten",
    rule="IQ001",
    subject="POST /legacy/users/search",
    step="integration_request",
    failure_mode="map-vtl-unescaped",
    plant=_plant,
)
