"""MQ003: a body that the declared model accepts must not be refused by the gateway's validator."""

from contracts.attribution import AnsweredBy, answered_by, gateway_response_type
from contracts.evidence import Present, Transaction
from contracts.request_promises import body_is_promised_valid
from contracts.rule import PerTransaction, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable
from gateway.rest_api import GatewayResponseType

_BEFORE_THE_VALIDATOR = {
    AnsweredBy.NOBODY,
    AnsweredBy.EDGE,
    AnsweredBy.ROUTING,
    AnsweredBy.WAF,
    AnsweredBy.AUTHORIZER,
    AnsweredBy.API_KEY,
    AnsweredBy.THROTTLE,
}


def _judge(transaction: Transaction, run: RunEvidence) -> Finding:
    if not body_is_promised_valid(transaction.exchange, run.contract.rest_api):
        return not_applicable("the body is not known to be valid")
    refusal = _refusal(transaction)
    if refusal is not None:
        message = f"the gateway refuses a body that the contract's model accepts{refusal}"
        return broken(message, evidence=transaction, answered_by=AnsweredBy.VALIDATOR)
    if answered_by(transaction) in _BEFORE_THE_VALIDATOR:
        return not_applicable("the request ended before its body was validated")
    return held("the valid body passed the validator", evidence=transaction)


def _refusal(transaction: Transaction) -> str | None:
    """What the validator said of the body, by the execution log where it is there; None where it accepted it."""
    execution = transaction.execution
    if isinstance(execution, Present) and execution.value.started:
        lines = [line for line in execution.value.validation_errors if line.startswith("Request body")]
        return f": {lines[0]}" if lines else None
    return "" if gateway_response_type(transaction) is GatewayResponseType.BAD_REQUEST_BODY else None


RULE = Rule(
    code="MQ003",
    title="A body that the declared model accepts passes the gateway's validator",
    severity=Severity.ERROR,
    step=Step.METHOD_REQUEST,
    why="The deployed model is stricter than the contract: correct clients are turned away with 400.",
    fix="Deploy the contract's model; look for keywords that differ between OpenAPI and JSON Schema draft 4.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings-models.html",
    failure_modes=("deploy-export-drift", "val-draft4-semantics"),
    judge=PerTransaction(_judge),
)
