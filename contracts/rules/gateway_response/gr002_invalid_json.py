"""GR002: a gateway response that says it is JSON must be JSON."""

from contracts.attribution import answered_by_gateway
from contracts.bodies import NotJson, is_json, json_of, media_type
from contracts.evidence import Transaction
from contracts.rule import EVERY_KIND, PerTransaction, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable


def _judge(transaction: Transaction, _run: RunEvidence) -> Finding:
    exchange = transaction.exchange
    if exchange.response is None or not answered_by_gateway(exchange) or exchange.http_method == "HEAD":
        return not_applicable("the gateway did not answer itself")
    if not is_json(media_type(exchange.response.headers)) or not exchange.response.body:
        return not_applicable("the gateway response is no JSON")
    value = json_of(exchange.response)
    if isinstance(value, NotJson):
        return broken(
            f"the gateway response to {exchange.error_type} is invalid JSON: {value.reason}", evidence=transaction
        )
    return held("the gateway response is JSON", evidence=transaction)


RULE = Rule(
    code="GR002",
    title="A gateway response that says it is JSON is valid JSON",
    severity=Severity.ERROR,
    step=Step.GATEWAY_RESPONSE,
    why='A template with "$context.error.message" breaks as soon as the message holds a quote.',
    fix="Use $context.error.messageString without quotes of your own.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html",
    failure_modes=("err-template-quoting",),
    api_kinds=EVERY_KIND,
    judge=PerTransaction(_judge),
)
