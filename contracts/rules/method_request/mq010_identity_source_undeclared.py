"""MQ010: the authorizer must look for the credentials where the contract says that clients send them."""

from urllib.parse import parse_qsl, urlsplit

from contracts.attribution import AnsweredBy, answered_by
from contracts.contract_document import security_schemes
from contracts.evidence import Missing, Present, Transaction
from contracts.operation import Operation
from contracts.rule import PerTransaction, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined

_PREFIX = "method.request."
_PLACES = {"header": "header", "querystring": "query"}


def _judge(transaction: Transaction, run: RunEvidence) -> Finding:
    exchange, operation = transaction.exchange, run.operation_of(transaction)
    if operation is None or exchange.response is None or "authorization" in exchange.violates:
        return not_applicable("the request was to have no valid credentials, or addresses no operation")
    api = run.deployed_api
    if isinstance(api, Missing):
        return undetermined(api, evidence=transaction) if _needs_token(operation.declared) else _NO_AUTHORIZER
    method = operation.deployed.value if isinstance(operation.deployed, Present) else None
    authorizer = api.value.authorizers.get((method.authorizer_name if method else None) or "")
    if authorizer is None:
        return _NO_AUTHORIZER
    absent = [source for source in _sources(authorizer.identity_source) if not _is_sent(transaction, source)]
    if not absent:
        return held("the request carries every identity source", evidence=transaction)
    place, name = absent[0]
    if _is_declared(operation.declared, place, name, run):
        return not_applicable(f"the request lacks {name}, which the contract asks for")
    who = answered_by(transaction)
    if who is AnsweredBy.AUTHORIZER:
        message = (
            f"{exchange.response.status}: the authorizer reads the {place} {name}, which the contract does not ask for"
        )
        return broken(message, evidence=transaction, answered_by=who, reached_backend=False)
    return held(f"the request passed without the {place} {name}", evidence=transaction)


_NO_AUTHORIZER = not_applicable("no authorizer reads an identity source here")


def _sources(identity_source: str | None) -> list[tuple[str, str]]:
    """Return place and name of each identity source that a client sends."""
    found = []
    for source in (identity_source or "").split(","):
        place, _, name = source.strip().removeprefix(_PREFIX).partition(".")
        if source.strip().startswith(_PREFIX) and place in _PLACES:
            found.append((place, name))
    return found


def _is_sent(transaction: Transaction, source: tuple[str, str]) -> bool:
    place, name = source
    request = transaction.exchange.request
    if place == "header":
        return bool(request.headers.get(name))
    return any(key == name and value for key, value in parse_qsl(urlsplit(request.url).query))


def _is_declared(operation: Operation, place: str, name: str, run: RunEvidence) -> bool:
    parameter = operation.parameter(name, _PLACES[place])
    if parameter is not None and parameter.required:
        return True
    schemes = security_schemes(run.contract.document)
    asked = [schemes.get(scheme) or {} for alternative in operation.security for scheme in alternative]
    return any(_carries(scheme, place, name) for scheme in asked)


def _carries(scheme: dict[str, object], place: str, name: str) -> bool:
    if scheme.get("type") == "apiKey":
        if scheme.get("in") == "cookie":
            return place == "header" and name.lower() == "cookie"
        same = str(scheme.get("name", "")).lower() == name.lower()
        return same and scheme.get("in") == _PLACES[place]
    return place == "header" and name.lower() == "authorization"


def _needs_token(operation: Operation) -> bool:
    return any(alternative for alternative in operation.security)


RULE = Rule(
    code="MQ010",
    title="The authorizer reads the credentials where the contract has clients send them",
    severity=Severity.ERROR,
    step=Step.METHOD_REQUEST,
    why="A request without an identity source gets 401, and the authorizer is never called: its log shows nothing.",
    fix="Set the identity source to the header or query parameter of the contract, or require it in the contract.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/configure-api-gateway-lambda-authorization.html",
    failure_modes=("auth-identity-source-missing",),
    judge=PerTransaction(_judge),
)
