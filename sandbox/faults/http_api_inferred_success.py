"""The function returns its error without a statusCode: payload format 2.0 makes a 200 of it."""

from sandbox.faults.fault import NOTES_API, Deployment, Fault
from sandbox.faults.http_api_settings import replace_in_function


def _plant(deployment: Deployment) -> None:
    replace_in_function(
        deployment,
        'return _answer(refused.status, {"message": str(refused)})',
        'return {"error": {"status": refused.status, "message": str(refused)}}',
    )


FAULT = Fault(
    fault_id="http-api-inferred-success",
    title="GET /notes/{noteId} answers 200 for a note that is not there: the function's error has no statusCode",
    rule="IS009",
    subject="GET /notes/{noteId}",
    step="integration_response",
    failure_mode="int-httpapi-v2-inferred",
    plant=_plant,
    consequences=("MQ011",),
    example=NOTES_API,
)
