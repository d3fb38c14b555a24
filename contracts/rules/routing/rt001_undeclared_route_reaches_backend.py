"""RT001: a path or method that the contract does not declare must not reach the backend."""

from contracts.attribution import ended_too_early, is_refusal, reached_backend
from contracts.evidence import ApiKind, Transaction
from contracts.request_parts import path_below_stage
from contracts.rule import EVERY_KIND, PerTransaction, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined
from gateway.choices import METHOD_OVERRIDE_HEADER
from gateway.http_routing import match_route
from gateway.routing import route

_REDIRECTS = range(300, 400)


def _judge(transaction: Transaction, run: RunEvidence) -> Finding:
    exchange = transaction.exchange
    if not {"path", "method"} & set(exchange.violates):
        return not_applicable("the request addresses a declared operation")
    if exchange.resource_path and run.contract.rest_api.method(exchange.resource_path, exchange.http_method):
        return not_applicable("the contract serves this route by a greedy path or ANY")
    if _is_served_by_http_api(transaction, run):
        return not_applicable("an HTTP API takes the request to a declared operation, which the contract serves so too")
    if _is_declared_all_but(transaction, run):
        return not_applicable("a trailing slash or a method override, of which other rules tell")
    if ended_too_early(transaction):
        return not_applicable("a throttle or a web ACL answered first")
    if is_refusal(exchange) or _is_redirect(transaction):
        return held("the undeclared route is not served", evidence=transaction)
    reached = reached_backend(transaction)
    if reached:
        return broken(
            f"{exchange.http_method} on an undeclared route reached the backend{_told(transaction)}",
            evidence=transaction,
        )
    if reached is None:
        return undetermined("no log tells whether the request reached the backend", evidence=transaction)
    return held("the gateway refused the undeclared route itself", evidence=transaction)


def _is_declared_all_but(transaction: Transaction, run: RunEvidence) -> bool:
    """Whether the path without its slash, or the method without its override, is an operation of the contract."""
    exchange, path = transaction.exchange, path_below_stage(transaction.exchange, run.configuration)
    if path is None:
        return False
    is_overridden = exchange.request.headers.get(METHOD_OVERRIDE_HEADER) is not None
    has_slash = path != "/" and path.endswith("/")
    return (is_overridden or has_slash) and route(
        run.contract.rest_api, exchange.http_method, path.rstrip("/")
    ) is not None


def _is_redirect(transaction: Transaction) -> bool:
    response = transaction.exchange.response
    return response is not None and response.status in _REDIRECTS and "location" in response.headers


def _told(transaction: Transaction) -> str:
    response = transaction.exchange.response
    return "" if response is None else f", which answered {response.status}"


def _is_served_by_http_api(transaction: Transaction, run: RunEvidence) -> bool:
    """Whether an HTTP API finds a declared operation: it knows no method override, and no literal path shadows."""
    path = path_below_stage(transaction.exchange, run.configuration)
    if run.configuration.api_kind is not ApiKind.HTTP or path is None:
        return False
    return match_route(run.contract_routes, transaction.exchange.request.http_method, path) is not None


RULE = Rule(
    code="RT001",
    title="A path or method that the contract does not declare is not served",
    severity=Severity.ERROR,
    step=Step.ROUTING,
    why="A greedy path or an ANY method hands requests to code that nobody specified, and the code serves them.",
    fix="Replace {proxy+} and ANY by the declared resources and methods, or answer 404 and 405 from the backend.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-set-up-simple-proxy.html",
    failure_modes=("route-greedy-shadow", "route-any-undeclared-method"),
    api_kinds=EVERY_KIND,
    judge=PerTransaction(_judge),
)
