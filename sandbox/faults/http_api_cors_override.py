"""The API's CORS configuration was left at an old address; the function's own headers for the new one are ignored."""

from sandbox.faults.fault import NOTES_API, Deployment, Fault
from sandbox.faults.http_api_settings import replace_in_function

_ANSWERED = '"headers": {"content-type": "application/json"}'
_WITH_CORS = '"headers": {"content-type": "application/json", "access-control-allow-origin": "https://app.example.com"}'


def _plant(deployment: Deployment) -> None:
    replace_in_function(deployment, _ANSWERED, _WITH_CORS)
    cors = {
        "AllowOrigins": ["https://old.example.com"],
        "AllowMethods": ["GET", "POST"],
        "AllowHeaders": ["authorization", "content-type", "x-api-key", "x-workspace"],
    }
    deployment.http_client.update_api(ApiId=deployment.http_api_id, CorsConfiguration=cors)


FAULT = Fault(
    fault_id="http-api-cors-override",
    title="the HTTP API's CORS configuration names an old origin, and overrides what the function allows",
    rule="CO013",
    subject="stage",
    step="integration_response",
    failure_mode="cors-httpapi-override",
    plant=_plant,
    operations=("GET *",),
    example=NOTES_API,
)
