"""MQ006: an operation with authorization must refuse requests without a valid token."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from contracts.attribution import ended_too_early, is_accepted, is_refusal, reached_backend
from contracts.contract_document import security_schemes
from contracts.evidence import Exchange, Origin, Transaction
from contracts.rule import EVERY_KIND, PerTransaction, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined
from gateway.rest_api import AuthorizationType, AuthorizerType


def _judge(transaction: Transaction, run: RunEvidence) -> Finding:
    exchange = transaction.exchange
    method = run.contract.rest_api.method(exchange.resource_path or "", exchange.http_method)
    if method is None or exchange.origin is Origin.PREFLIGHT:
        return not_applicable("the contract asks for no authorization")
    if ended_too_early(transaction):
        return not_applicable("a throttle or a web ACL answered first")
    if method.authorization_type is AuthorizationType.NONE:
        return _by_security(transaction, run)
    if "authorization" in exchange.request.headers and "authorization" not in exchange.violates:
        return not_applicable("the request carries credentials")
    if "authorization" not in exchange.request.headers and not _reads_authorization(transaction, run):
        return not_applicable("the authorizer reads another identity source")
    reached = reached_backend(transaction)
    if reached:
        return broken("reached the backend without valid credentials", evidence=transaction, reached_backend=True)
    if is_accepted(exchange):
        return broken("was accepted without valid credentials", evidence=transaction)
    if reached is None:
        return undetermined("no log tells whether an unauthorized request reached the backend", evidence=transaction)
    return held("refused without valid credentials", evidence=transaction)


def _by_security(transaction: Transaction, run: RunEvidence) -> Finding:
    """Judge by the contract's security where API Gateway knows nothing of it: plain OpenAPI, or security at the root.

    Whether the gateway or the backend asks for the credentials is left open; that somebody does is promised.
    """
    exchange, operation = transaction.exchange, run.operation_of(transaction)
    alternatives = [set(one) for one in operation.declared.security] if operation is not None else []
    schemes = {name: scheme for name, scheme in _schemes(run).items() if not _is_key_of_a_usage_plan(scheme)}
    asked = [[schemes[name] for name in one if name in schemes] for one in alternatives]
    if not asked or not all(asked):
        return not_applicable("the contract asks for no authorization")
    if "authorization" not in exchange.violates and any(all(_carries(exchange, it) for it in one) for one in asked):
        return not_applicable("the request carries credentials")
    if is_accepted(exchange):
        return broken("was accepted without valid credentials", evidence=transaction)
    if is_refusal(exchange):
        return held("refused without valid credentials", evidence=transaction)
    return not_applicable("the request was not answered, or ended in a server error")


def _schemes(run: RunEvidence) -> Mapping[str, Mapping[str, Any]]:
    found = security_schemes(run.contract.document)
    return {name: scheme for name, scheme in found.items() if isinstance(scheme, Mapping)}


def _is_key_of_a_usage_plan(scheme: Mapping[str, Any]) -> bool:
    return scheme.get("type") == "apiKey" and str(scheme.get("name", "")).lower() == "x-api-key"


def _carries(exchange: Exchange, scheme: Mapping[str, Any]) -> bool:
    """Whether a request carries what a scheme asks for; a client certificate is not seen, and counts as carried."""
    name, headers = str(scheme.get("name", "")), exchange.request.headers
    if scheme.get("type") == "mutualTLS":
        return True
    if scheme.get("type") != "apiKey":
        return "authorization" in headers
    if scheme.get("in") == "query":
        return any(key == name for key, _ in parse_qsl(urlsplit(exchange.request.url).query, keep_blank_values=True))
    return f"{name}=" in (headers.get("cookie") or "") if scheme.get("in") == "cookie" else name in headers


def _reads_authorization(transaction: Transaction, run: RunEvidence) -> bool:
    exchange, api = transaction.exchange, run.contract.rest_api
    method = api.method(exchange.resource_path or "", exchange.http_method)
    authorizer = api.authorizers.get((method.authorizer_name if method else None) or "")
    if authorizer is None:
        return True
    if authorizer.authorizer_type is AuthorizerType.REQUEST and not authorizer.identity_source:
        return False  # such an authorizer is always called, and may read a cookie, the query or the address
    return "header.authorization" in (authorizer.identity_source or "header.authorization").lower()


RULE = Rule(
    code="MQ006",
    title="An operation with authorization refuses requests without valid credentials",
    severity=Severity.ERROR,
    step=Step.METHOD_REQUEST,
    why="Anybody may call what the contract says is protected.",
    fix="Attach the authorizer to the deployed method (root-level security is ignored on import) and redeploy.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html",
    failure_modes=("auth-open-method", "deploy-root-security-ignored"),
    api_kinds=EVERY_KIND,
    judge=PerTransaction(_judge),
)
