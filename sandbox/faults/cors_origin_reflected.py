"""A preflight tells whatever origin asks that it is allowed."""

from sandbox.faults.fault import Deployment, Fault

_TEMPLATE = "#set($context.responseOverride.header.Access-Control-Allow-Origin = $input.params('Origin'))"


def _plant(deployment: Deployment) -> None:
    patch = {"op": "add", "path": "/responseTemplates/application~1json", "value": _TEMPLATE}
    deployment.client.update_integration_response(
        **deployment.method("OPTIONS", "/users"), statusCode="204", patchOperations=[patch]
    )


FAULT = Fault(
    fault_id="cors-origin-reflected",
    title="OPTIONS /users reflects the Origin header: any site may read the answers",
    rule="CO008",
    subject="OPTIONS /users",
    step="integration_response",
    failure_mode="cors-origin-reflection",
    plant=_plant,
    consequences=("IS001",),
    operations=("* /users",),
)
