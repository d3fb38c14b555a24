"""A fixed path lacks the method that its variable sibling has: API Gateway does not fall back."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    client = deployment.client
    fixed = deployment.method("POST", "/legacy/users/search")
    integration = client.get_integration(**fixed)
    client.delete_method(**fixed)
    sibling = client.create_resource(
        restApiId=deployment.rest_api_id, parentId=deployment.resource_id("/legacy/users"), pathPart="{action}"
    )
    method = {"restApiId": deployment.rest_api_id, "resourceId": sibling["id"], "httpMethod": "POST"}
    client.put_method(**method, authorizationType="NONE", requestParameters={"method.request.path.action": True})
    client.put_integration(**method, type="AWS_PROXY", integrationHttpMethod="POST", uri=integration["uri"])


FAULT = Fault(
    fault_id="route-sibling-shadow",
    title="/legacy/users/search lost POST to a sibling {action}, which is never asked",
    rule="RT002",
    subject="POST /legacy/users/search",
    step="routing",
    failure_mode="route-sibling-shadow",
    plant=_plant,
)
