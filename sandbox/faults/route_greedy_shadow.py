"""A greedy path hands every other path to the backend."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    client = deployment.client
    integration = client.get_integration(**deployment.method("GET", "/users"))
    resource = client.create_resource(
        restApiId=deployment.rest_api_id, parentId=deployment.resource_id("/"), pathPart="{proxy+}"
    )
    method = {"restApiId": deployment.rest_api_id, "resourceId": resource["id"], "httpMethod": "ANY"}
    client.put_method(**method, authorizationType="NONE")
    client.put_integration(**method, type="AWS_PROXY", integrationHttpMethod="POST", uri=integration["uri"])


FAULT = Fault(
    fault_id="route-greedy-shadow",
    title="{proxy+} hands paths that the contract does not declare to the user service",
    rule="RT003",
    subject="ANY /{proxy+}",
    step="routing",
    failure_mode="route-greedy-shadow",
    plant=_plant,
    operations=("GET /users",),
)
