"""A function's policy does not let API Gateway invoke it."""

from sandbox.faults.fault import Deployment, Fault


def _plant(deployment: Deployment) -> None:
    deployment.clients.get("lambda").remove_permission(
        FunctionName="users-api-user-service", StatementId=f"apigateway-{deployment.rest_api_id}"
    )


FAULT = Fault(
    fault_id="function-permission-missing",
    title="API Gateway may no longer invoke the user service: 500 on every call",
    rule="IQ007",
    subject="GET /users",
    step="integration_request",
    failure_mode="int-lambda-permission",
    plant=_plant,
)
