"""The authorizer looks for the token where no client sends it."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    found = deployment.client.get_authorizers(restApiId=deployment.rest_api_id)["items"]
    patch = {"op": "replace", "path": "/identitySource", "value": "method.request.header.X-Operator-Token"}
    deployment.client.update_authorizer(
        restApiId=deployment.rest_api_id, authorizerId=found[0]["id"], patchOperations=[patch]
    )


FAULT = Fault(
    fault_id="identity-source-moved",
    title="The authorizer reads X-Operator-Token: every client that sends Authorization gets 401",
    rule="MQ010",
    subject="DELETE /users/{userId}",
    step="method_request",
    failure_mode="auth-identity-source-missing",
    plant=_plant,
)
