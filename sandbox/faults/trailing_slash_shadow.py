"""A greedy path takes what ends in a slash."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    client = deployment.client
    integration = client.get_integration(**deployment.method("GET", "/users"))
    resource = client.create_resource(
        restApiId=deployment.rest_api_id, parentId=deployment.resource_id("/"), pathPart="{rest+}"
    )
    method = {"restApiId": deployment.rest_api_id, "resourceId": resource["id"], "httpMethod": "GET"}
    client.put_method(**method, authorizationType="NONE")
    client.put_integration(**method, type="AWS_PROXY", integrationHttpMethod="POST", uri=integration["uri"])


FAULT = Fault(
    fault_id="trailing-slash-shadow",
    title="{rest+} serves /users/ and /health/ beside /users and /health",
    rule="RT004",
    subject="GET /users",
    step="routing",
    failure_mode="route-trailing-slash",
    plant=_plant,
    operations=("GET /users",),
)
