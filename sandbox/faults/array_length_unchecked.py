"""The deployed model lost maxItems, as API Gateway's import loses it: arrays of any length reach the backend."""

import json

from sandbox.faults.fault import Deployment, Fault

_MODEL = "LegacySearch"


def _plant(deployment: Deployment) -> None:
    model = deployment.client.get_model(restApiId=deployment.rest_api_id, modelName=_MODEL)
    schema = json.loads(model["schema"])
    del schema["properties"]["tags"]["maxItems"]
    patch = {"op": "replace", "path": "/schema", "value": json.dumps(schema)}
    deployment.client.update_model(restApiId=deployment.rest_api_id, modelName=_MODEL, patchOperations=[patch])


FAULT = Fault(
    fault_id="array-length-unchecked",
    title="POST /legacy/users/search allows four tags, and the deployed model any number",
    rule="MQ002",
    subject="POST /legacy/users/search",
    step="method_request",
    failure_mode="val-maxitems-ignored",
    plant=_plant,
    consequences=("DP002",),
)
