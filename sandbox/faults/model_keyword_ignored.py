"""A model uses a keyword that JSON Schema draft 4 does not know."""

import json

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    client, rest_api_id = deployment.client, deployment.rest_api_id
    schema = json.loads(client.get_model(restApiId=rest_api_id, modelName="LegacySearch")["schema"])
    del schema["additionalProperties"]
    schema["unevaluatedProperties"] = False
    patch = {"op": "replace", "path": "/schema", "value": json.dumps(schema)}
    client.update_model(restApiId=rest_api_id, modelName="LegacySearch", patchOperations=[patch])


FAULT = Fault(
    fault_id="model-keyword-ignored",
    title="The model of POST /legacy/users/search closes itself by unevaluatedProperties, which is ignored",
    rule="MQ002",
    subject="POST /legacy/users/search",
    step="method_request",
    failure_mode="val-draft4-semantics",
    plant=_plant,
    consequences=("DP002",),
)
