"""A stage variable chooses the production alias of a function, on a stage for development."""

from botocore.exceptions import ClientError

from sandbox.faults.fault import Deployment, Fault

_FUNCTION = "users-api-legacy"


def _plant(deployment: Deployment) -> None:
    functions = deployment.clients.get("lambda")
    version = functions.publish_version(FunctionName=_FUNCTION)["Version"]
    try:
        functions.create_alias(FunctionName=_FUNCTION, Name="prod", FunctionVersion=version)
    except ClientError as error:  # the sandbox says ConflictException where AWS says ResourceConflictException
        if "Conflict" not in error.response["Error"]["Code"]:
            raise
        functions.update_alias(FunctionName=_FUNCTION, Name="prod", FunctionVersion=version)
    variable = {"op": "replace", "path": "/variables/registerAlias", "value": "prod"}
    stage = {"restApiId": deployment.rest_api_id, "stageName": deployment.stage_name}
    deployment.client.update_stage(**stage, patchOperations=[variable])
    method = deployment.method("POST", "/legacy/users/search")
    uri = deployment.client.get_integration(**method)["uri"]
    qualified = uri.replace("/invocations", ":${stageVariables.registerAlias}/invocations")
    patch = {"op": "replace", "path": "/uri", "value": qualified}
    deployment.client.update_integration(**method, patchOperations=[patch])


FAULT = Fault(
    fault_id="stage-variable-wrong-environment",
    title="The stage variable registerAlias of dev is prod: the development stage calls the production register",
    rule="IQ008",
    subject="stage",
    step="integration_request",
    failure_mode="stage-var-wrong-env",
    plant=_plant,
    operations=("POST /legacy/users/search",),
)
