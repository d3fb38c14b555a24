"""MQ005: an operation that requires an API key must refuse requests without a valid one."""

from contracts.attribution import ended_too_early, is_accepted, is_refusal, reached_backend
from contracts.evidence import Origin, Transaction
from contracts.rule import PerTransaction, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined
from gateway.rest_api import ApiKeySource


def _judge(transaction: Transaction, run: RunEvidence) -> Finding:
    exchange, api = transaction.exchange, run.contract.rest_api
    method = api.method(exchange.resource_path or "", exchange.http_method)
    if method is None or not method.api_key_required or exchange.origin is Origin.PREFLIGHT:
        return not_applicable("the contract requires no API key")
    if api.api_key_source is ApiKeySource.HEADER and "x-api-key" in exchange.request.headers:
        if "api-key" not in exchange.violates:
            return not_applicable("the request carries a key")
        sent = "with an unknown API key"
    elif api.api_key_source is ApiKeySource.HEADER:
        sent = "without an API key"
    else:
        return not_applicable("the authorizer gives the key")
    if ended_too_early(transaction):
        return not_applicable("a throttle or a web ACL answered first")
    reached = reached_backend(transaction)
    if reached and method.integration is None and is_refusal(exchange):
        return held(f"the backend refused {sent}, as plain OpenAPI lets it", evidence=transaction)
    if reached:
        return broken(f"reached the backend {sent}", evidence=transaction, reached_backend=True)
    if is_accepted(exchange):
        return broken(f"was accepted {sent}", evidence=transaction)
    if reached is None:
        return undetermined(f"no log tells whether a request {sent} reached the backend", evidence=transaction)
    return held(f"refused {sent}", evidence=transaction)


RULE = Rule(
    code="MQ005",
    title="An operation that requires an API key refuses requests without a valid one",
    severity=Severity.ERROR,
    step=Step.METHOD_REQUEST,
    why="The key is never checked: usage plans, throttles and quotas do not apply, and strangers get in.",
    fix="Set apiKeyRequired on the deployed method and redeploy.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-setup-api-key-with-console.html",
    failure_modes=("auth-apikey-not-required",),
    judge=PerTransaction(_judge),
)
