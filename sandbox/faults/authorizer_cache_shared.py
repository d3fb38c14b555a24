"""The answers of an authorizer are kept by a header that all clients send alike."""

from sandbox.faults.fault import Deployment, Fault
from sandbox.faults.function_code import wrap_function

_HANDLER = """
from original_handler import handler as original


def handler(event, context):
    return original(event | {"authorizationToken": event["headers"].get("Authorization", "")}, context)
"""


def _plant(deployment: Deployment) -> None:
    wrap_function(deployment, "authorizer", _HANDLER)
    client, rest_api_id = deployment.client, deployment.rest_api_id
    authorizer = client.get_authorizers(restApiId=rest_api_id)["items"][0]
    patches = [
        {"op": "replace", "path": "/type", "value": "REQUEST"},
        {"op": "replace", "path": "/identitySource", "value": "method.request.header.Host"},
    ]
    client.update_authorizer(restApiId=rest_api_id, authorizerId=authorizer["id"], patchOperations=patches)


FAULT = Fault(
    fault_id="authorizer-cache-shared",
    title="The authorizer is cached by Host: whoever comes after a right token needs none",
    rule="MQ006",
    subject="DELETE /users/{userId}",
    step="method_request",
    failure_mode="auth-cache-overallow",
    plant=_plant,
)
