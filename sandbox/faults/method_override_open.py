"""An ANY method serves whatever method an override names."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    client = deployment.client
    integration = client.get_integration(**deployment.method("GET", "/users"))
    method = {**deployment.method("GET", "/users"), "httpMethod": "ANY"}
    client.put_method(**method, authorizationType="NONE")
    client.put_integration(**method, type="AWS_PROXY", integrationHttpMethod="POST", uri=integration["uri"])


FAULT = Fault(
    fault_id="method-override-open",
    title="/users takes ANY: a GET with X-HTTP-Method-Override: PATCH is served as PATCH",
    rule="RT005",
    subject="/users",
    step="routing",
    failure_mode="route-method-override",
    plant=_plant,
    operations=("GET /users",),
)
