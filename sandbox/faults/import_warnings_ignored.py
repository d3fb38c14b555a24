"""The contract was imported without a look at the warnings: a method lost the model that could not be read."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    """Leave behind what such an import does: API Gateway warns, and makes the method without the model."""
    patch = {"op": "remove", "path": "/requestModels/application~1json"}
    deployment.client.update_method(**deployment.method("POST", "/legacy/users/search"), patchOperations=[patch])


FAULT = Fault(
    fault_id="import-warnings-ignored",
    title="The import lost the model of POST /legacy/users/search, warned, and was deployed all the same",
    rule="DP002",
    subject="POST /legacy/users/search",
    step="stage",
    failure_mode="deploy-import-warnings",
    plant=_plant,
    consequences=("MQ002",),
)
