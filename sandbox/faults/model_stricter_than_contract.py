"""A deployed model refuses what the contract accepts."""

import json

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    client, rest_api_id = deployment.client, deployment.rest_api_id
    schema = json.loads(client.get_model(restApiId=rest_api_id, modelName="LegacySearch")["schema"])
    schema["properties"]["name"]["minLength"] = 60
    patch = {"op": "replace", "path": "/schema", "value": json.dumps(schema)}
    client.update_model(restApiId=rest_api_id, modelName="LegacySearch", patchOperations=[patch])


FAULT = Fault(
    fault_id="model-stricter-than-contract",
    title="The deployed model of POST /legacy/users/search wants names of 60 characters: right requests get 400",
    rule="MQ003",
    subject="POST /legacy/users/search",
    step="method_request",
    failure_mode="deploy-export-drift",
    plant=_plant,
    consequences=("DP002",),
)
