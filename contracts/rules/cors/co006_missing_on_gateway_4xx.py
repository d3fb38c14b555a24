"""CO006: the gateway's own 4xx answers must carry the CORS header."""

from contracts.cors_of_gateway import judge_gateway_errors
from contracts.rule import PerStage, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step
from gateway.rest_api import GatewayResponseType


def _judge(run: RunEvidence) -> Finding:
    return judge_gateway_errors(run, GatewayResponseType.DEFAULT_4XX, range(400, 500))


RULE = Rule(
    code="CO006",
    title="The gateway's own 4xx answers carry Access-Control-Allow-Origin",
    severity=Severity.ERROR,
    step=Step.GATEWAY_RESPONSE,
    why="The browser hides a 401, 403 or 429 behind a CORS error, and the application cannot react.",
    fix="Add gatewayresponse.header.Access-Control-Allow-Origin to DEFAULT_4XX and to every type of its own.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html",
    failure_modes=("cors-gwresp-4xx-missing",),
    judge=PerStage(_judge),
)
