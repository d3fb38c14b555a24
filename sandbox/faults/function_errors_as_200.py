"""Errors of a custom integration have no integration response of their own."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    method = deployment.method("POST", "/legacy/users/search")
    responses = deployment.client.get_integration(**method)["integrationResponses"]
    for status_code, response in responses.items():
        if response.get("selectionPattern"):
            deployment.client.delete_integration_response(**method, statusCode=status_code)


FAULT = Fault(
    fault_id="function-errors-as-200",
    title="Errors of POST /legacy/users/search are answered 200: it lost its selection patterns",
    rule="IS003",
    subject="POST /legacy/users/search",
    step="integration_response",
    failure_mode="int-lambda-error-200",
    plant=_plant,
)
