"""The function reads a header as clients spell it; payload format 2.0 has its name in lower case."""

from sandbox.faults.fault import NOTES_API, Deployment, Fault
from sandbox.faults.http_api_settings import replace_in_function


def _plant(deployment: Deployment) -> None:
    replace_in_function(deployment, 'header(event, "x-workspace")', 'header(event, "X-Workspace")')


FAULT = Fault(
    fault_id="http-api-header-case",
    title="GET /notes never finds X-Workspace, which its event has as x-workspace",
    rule="IQ015",
    subject="GET /notes",
    step="integration_request",
    failure_mode="int-httpapi-v2-headers",
    plant=_plant,
    example=NOTES_API,
)
