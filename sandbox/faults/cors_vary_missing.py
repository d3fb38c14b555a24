"""A preflight tells one origin or the other, and does not tell caches so."""

from sandbox.faults.fault import Deployment, Fault

_TEMPLATE = (
    "#if($input.params('Origin') != 'https://app.example.com')"
    "#set($context.responseOverride.header.Access-Control-Allow-Origin = 'https://admin.example.com')"
    "#end"
)


def _plant(deployment: Deployment) -> None:
    patch = {"op": "add", "path": "/responseTemplates/application~1json", "value": _TEMPLATE}
    deployment.client.update_integration_response(
        **deployment.method("OPTIONS", "/users"), statusCode="204", patchOperations=[patch]
    )


FAULT = Fault(
    fault_id="cors-vary-missing",
    title="OPTIONS /users answers another origin to each caller without Vary: Origin",
    rule="CO011",
    subject="/users",
    step="integration_response",
    failure_mode="cors-vary-missing",
    plant=_plant,
    consequences=("IS001",),
    operations=("* /users",),
)
