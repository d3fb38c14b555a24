"""A resource policy denies an operation that the contract opens to everybody."""

import json

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    statements = [
        {"Effect": effect, "Principal": "*", "Action": "execute-api:Invoke", "Resource": f"execute-api:/{path}"}
        for effect, path in (("Allow", "*"), ("Deny", "*/GET/countries/*"))
    ]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    patch = {"op": "replace", "path": "/policy", "value": policy}
    deployment.client.update_rest_api(restApiId=deployment.rest_api_id, patchOperations=[patch])


FAULT = Fault(
    fault_id="policy-denies-readers",
    title="The resource policy denies GET /countries/{code}, which the contract opens to everybody",
    rule="GR005",
    subject="GET /countries/{code}",
    step="gateway_response",
    failure_mode="auth-resource-policy-deny",
    plant=_plant,
)
