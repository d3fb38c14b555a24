"""An ANY method hands every other method to the backend."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    client = deployment.client
    integration = client.get_integration(**deployment.method("GET", "/users"))
    method = {**deployment.method("GET", "/users"), "httpMethod": "ANY"}
    client.put_method(**method, authorizationType="NONE")
    client.put_integration(**method, type="AWS_PROXY", integrationHttpMethod="POST", uri=integration["uri"])


FAULT = Fault(
    fault_id="route-any-method",
    title="/users takes ANY: methods that the contract does not declare reach the user service",
    rule="RT003",
    subject="ANY /users",
    step="routing",
    failure_mode="route-any-undeclared-method",
    plant=_plant,
    operations=("GET /users",),
)
