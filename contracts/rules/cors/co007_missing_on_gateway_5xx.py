"""CO007: the gateway's own 5xx answers must carry the CORS header."""

from contracts.cors_of_gateway import judge_gateway_errors
from contracts.rule import PerStage, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step
from gateway.rest_api import GatewayResponseType


def _judge(run: RunEvidence) -> Finding:
    return judge_gateway_errors(run, GatewayResponseType.DEFAULT_5XX, range(500, 600))


RULE = Rule(
    code="CO007",
    title="The gateway's own 5xx answers carry Access-Control-Allow-Origin",
    severity=Severity.ERROR,
    step=Step.GATEWAY_RESPONSE,
    why="An outage or a timeout looks like a CORS bug in the browser.",
    fix="Add gatewayresponse.header.Access-Control-Allow-Origin to DEFAULT_5XX and to every type of its own.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html",
    failure_modes=("cors-gwresp-5xx-missing",),
    judge=PerStage(_judge),
)
