"""MQ007: the configured credentials must be accepted."""

from contracts.attribution import AnsweredBy, answered_by, gateway_response_type
from contracts.evidence import Exchange, Mode, Transaction
from contracts.rule import EVERY_KIND, PerTransaction, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable
from gateway.rest_api import AuthorizationType

_BEFORE_CREDENTIALS = {
    AnsweredBy.THROTTLE,
    AnsweredBy.WAF,
    AnsweredBy.EDGE,
    AnsweredBy.ROUTING,
}


def _judge(transaction: Transaction, run: RunEvidence) -> Finding:
    exchange = transaction.exchange
    method = run.contract.rest_api.method(exchange.resource_path or "", exchange.http_method)
    if method is None or exchange.mode is Mode.NEGATIVE or exchange.violates or exchange.response is None:
        return not_applicable("the request is not known to be right")
    needs_key = method.api_key_required and "x-api-key" in exchange.request.headers
    needs_token = (
        method.authorization_type is not AuthorizationType.NONE and "authorization" in exchange.request.headers
    )
    if not (needs_key or needs_token):
        return not_applicable("the request needs or carries no credentials")
    who = answered_by(transaction)
    if who is AnsweredBy.API_KEY and gateway_response_type(transaction) is None and _key_is_accepted(exchange, run):
        return not_applicable("a web ACL says 403 in the same words, and the same key is accepted")
    if (who is AnsweredBy.API_KEY and needs_key) or (who is AnsweredBy.AUTHORIZER and needs_token):
        status = exchange.response.status
        return broken(f"the {who} refused the configured credentials with {status}", evidence=transaction)
    if who in _BEFORE_CREDENTIALS or (who is AnsweredBy.AUTHORIZER and not needs_token):
        return not_applicable(f"the {who} answered before the credentials were looked at")
    return held("the configured credentials are accepted", evidence=transaction)


def _key_is_accepted(exchange: Exchange, run: RunEvidence) -> bool:
    """Whether another request of the operation passed with the same key."""
    key = exchange.request.headers.get("x-api-key")
    return (exchange.resource_path or "", exchange.http_method, key) in run.accepted_keys


RULE = Rule(
    code="MQ007",
    title="The configured API key and token are accepted",
    severity=Severity.ERROR,
    step=Step.METHOD_REQUEST,
    why="Right clients are locked out: the key is in no usage plan of the stage, or the authorizer fails or denies.",
    fix="Add the key to a usage plan of this stage; look at the authorizer's policy, cache and errors.",
    source_url="https://repost.aws/knowledge-center/api-gateway-authorization-errors",
    failure_modes=("auth-apikey-no-plan", "auth-authorizer-500", "auth-cache-policy", "auth-resource-policy-deny"),
    explained_by=("MQ010",),
    api_kinds=EVERY_KIND,
    judge=PerTransaction(_judge),
)
