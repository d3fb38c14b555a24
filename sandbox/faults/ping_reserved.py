"""A resource has a path that API Gateway keeps for itself."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    client = deployment.client
    resource = client.create_resource(
        restApiId=deployment.rest_api_id, parentId=deployment.resource_id("/"), pathPart="ping"
    )
    method = {"restApiId": deployment.rest_api_id, "resourceId": resource["id"], "httpMethod": "GET"}
    client.put_method(**method, authorizationType="NONE")
    client.put_method_response(**method, statusCode="200")
    client.put_integration(**method, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
    client.put_integration_response(**method, statusCode="200")


FAULT = Fault(
    fault_id="ping-reserved",
    title="/ping is a resource: the custom domain answers it with its own health check",
    rule="RT007",
    subject="/ping",
    step="routing",
    failure_mode="route-ping-reserved",
    plant=_plant,
    operations=("GET /health",),
)
