"""The access log fell back to the common log format."""

from sandbox.faults.fault import Deployment, Fault
from sandbox.faults.stage_settings import set_stage

_FORMAT = (
    "$context.identity.sourceIp $context.identity.caller $context.identity.user [$context.requestTime] "
    '"$context.httpMethod $context.resourcePath $context.protocol" $context.status $context.responseLength '
    "$context.requestId $context.extendedRequestId"
)


def _plant(deployment: Deployment) -> None:
    set_stage(deployment, {"/accessLogSettings/format": _FORMAT})


FAULT = Fault(
    fault_id="access-log-explains-nothing",
    title="A line of the access log tells neither latency nor the cause of an error",
    rule="OB013",
    subject="stage",
    step="stage",
    failure_mode="obs-access-log-fields",
    plant=_plant,
    needs_redeployment=False,
)
