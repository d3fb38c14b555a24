"""MQ006: an operation with authorization must refuse requests without a valid token."""

from contracts.attribution import is_accepted, reached_backend
from contracts.evidence import Origin, Transaction
from contracts.rule import EVERY_KIND, PerTransaction, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined
from gateway.rest_api import AuthorizationType, AuthorizerType


def _judge(transaction: Transaction, run: RunEvidence) -> Finding:
    exchange = transaction.exchange
    method = run.contract.rest_api.method(exchange.resource_path or "", exchange.http_method)
    if method is None or method.authorization_type is AuthorizationType.NONE or exchange.origin is Origin.PREFLIGHT:
        return not_applicable("the contract asks for no authorization")
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
