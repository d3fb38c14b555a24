"""A model requires no property, and API Gateway takes no body for {}."""

import json

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    client, rest_api_id = deployment.client, deployment.rest_api_id
    schema = json.loads(client.get_model(restApiId=rest_api_id, modelName="LegacySearch")["schema"])
    del schema["required"]
    patch = {"op": "replace", "path": "/schema", "value": json.dumps(schema)}
    client.update_model(restApiId=rest_api_id, modelName="LegacySearch", patchOperations=[patch])


FAULT = Fault(
    fault_id="empty-body-accepted",
    title="The model of POST /legacy/users/search requires nothing: empty bodies reach the backend",
    rule="MQ002",
    subject="POST /legacy/users/search",
    step="method_request",
    failure_mode="val-empty-body",
    plant=_plant,
    consequences=("DP002",),
)
