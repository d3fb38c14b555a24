"""The only response template is one of another content type, and API Gateway falls back to the first."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    method = deployment.method("GET", "/health")
    template = deployment.client.get_integration(**method)["integrationResponses"]["200"]["responseTemplates"]
    patches = [
        {"op": "remove", "path": "/responseTemplates/application~1json"},
        {"op": "add", "path": "/responseTemplates/application~1xml", "value": template["application/json"]},
    ]
    deployment.client.update_integration_response(**method, statusCode="200", patchOperations=patches)


FAULT = Fault(
    fault_id="response-template-falls-back",
    title="GET /health is labelled application/xml: its only response template is of that type",
    rule="MS004",
    subject="GET /health",
    step="method_response",
    failure_mode="map-response-template-accept",
    plant=_plant,
    consequences=("IS001",),
)
