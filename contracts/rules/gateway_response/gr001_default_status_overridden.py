"""GR001: the fallback gateway responses must not collapse all statuses into one."""

from collections.abc import Iterator

from contracts.evidence import Missing
from contracts.rule import PerStage, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, undetermined
from gateway.rest_api import GatewayResponseType

_FALLBACKS = (GatewayResponseType.DEFAULT_4XX, GatewayResponseType.DEFAULT_5XX)


def _judge(run: RunEvidence) -> Iterator[Finding]:
    api = run.deployed_api
    if isinstance(api, Missing):
        yield undetermined(api)
        return
    for kind in _FALLBACKS:
        response = api.value.gateway_responses.get(kind)
        if response is not None and response.status_code:
            yield broken(f"{kind} sets the status {response.status_code}: every such answer gets this one status")
        else:
            yield held(f"{kind} leaves the status as it is")


RULE = Rule(
    code="GR001",
    title="DEFAULT_4XX and DEFAULT_5XX leave the status as it is",
    severity=Severity.ERROR,
    step=Step.GATEWAY_RESPONSE,
    why="401, 403, 413 and 429 become the same status: clients neither sign in again nor slow down.",
    fix="Remove the status from DEFAULT_4XX and DEFAULT_5XX; set it on single response types only.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html",
    failure_modes=("err-default-status-override",),
    judge=PerStage(_judge),
)
