"""A $default route with an authorizer catches what no other route has, preflights among them."""

from sandbox.faults.fault import NOTES_API, Deployment, Fault
from sandbox.faults.http_api_settings import authorizer_id, function_target


def _plant(deployment: Deployment) -> None:
    deployment.http_client.create_route(
        ApiId=deployment.http_api_id,
        RouteKey="$default",
        Target=function_target(deployment),
        AuthorizationType="CUSTOM",
        AuthorizerId=authorizer_id(deployment),
    )


FAULT = Fault(
    fault_id="http-api-default-auth",
    title="the HTTP API's $default route with an authorizer answers preflights 401",
    rule="CO014",
    subject="stage",
    step="method_request",
    failure_mode="cors-httpapi-default-auth",
    plant=_plant,
    operations=("GET *",),
    example=NOTES_API,
)
