"""IS004: a Lambda function behind a proxy integration must answer in the proxy response format."""

from contracts.attribution import endpoint_was_called
from contracts.evidence import Transaction
from contracts.proxy_functions import proxy_execution
from contracts.rule import PerTransaction, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable


def _judge(transaction: Transaction, run: RunEvidence) -> Finding:
    execution = proxy_execution(transaction, run)
    if isinstance(execution, Finding):
        return execution
    if "Malformed Lambda proxy response" in (execution.failure or ""):
        body = execution.endpoint_response_body
        shown = "" if body is None else f": {body.text[:80]}"
        return broken(f"the function's answer is no proxy response{shown}", evidence=transaction)
    if not endpoint_was_called(execution) or execution.lambda_error or execution.failure:
        return not_applicable("the function was not called or gave no answer")
    return held("the function answered in the proxy response format", evidence=transaction)


RULE = Rule(
    code="IS004",
    title="A Lambda function behind a proxy integration answers in the proxy response format",
    severity=Severity.ERROR,
    step=Step.INTEGRATION_RESPONSE,
    why="API Gateway turns every other answer into 502 Internal server error, though the function succeeded.",
    fix="Return statusCode, headers, body as a string and isBase64Encoded, and no other top-level field.",
    source_url="https://repost.aws/knowledge-center/malformed-502-api-gateway",
    failure_modes=("int-malformed-proxy", "int-proxy-extra-field"),
    judge=PerTransaction(_judge),
)
