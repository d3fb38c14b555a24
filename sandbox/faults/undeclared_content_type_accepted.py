"""A content type without a model has a request template: no validator looks at its bodies."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    method = deployment.method("POST", "/legacy/users/search")
    template = deployment.client.get_integration(**method)["requestTemplates"]["application/json"]
    patch = {"op": "add", "path": "/requestTemplates/text~1plain", "value": template}
    deployment.client.update_integration(**method, patchOperations=[patch])


FAULT = Fault(
    fault_id="undeclared-content-type-accepted",
    title="POST /legacy/users/search takes text/plain, which walks around the request validator",
    rule="MQ008",
    subject="POST /legacy/users/search",
    step="method_request",
    failure_mode="val-content-type-bypass",
    plant=_plant,
    consequences=("IQ001", "IS001"),
)
