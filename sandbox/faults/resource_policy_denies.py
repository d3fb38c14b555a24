"""The resource policy of the API denies a method to everybody."""

import json

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    statements = [
        {"Effect": effect, "Principal": "*", "Action": "execute-api:Invoke", "Resource": f"execute-api:/{path}"}
        for effect, path in (("Allow", "*"), ("Deny", "*/DELETE/*"))
    ]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    patch = {"op": "replace", "path": "/policy", "value": policy}
    deployment.client.update_rest_api(restApiId=deployment.rest_api_id, patchOperations=[patch])


FAULT = Fault(
    fault_id="resource-policy-denies",
    title="The resource policy denies DELETE: right tokens are refused with 403",
    rule="MQ007",
    subject="DELETE /users/{userId}",
    step="method_request",
    failure_mode="auth-resource-policy-deny",
    plant=_plant,
)
