"""RT001: a path or method that the contract does not declare must not reach the backend."""

from contracts.attribution import reached_backend
from contracts.evidence import ApiKind, Transaction
from contracts.request_parts import path_below_stage
from contracts.rule import EVERY_KIND, PerTransaction, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined
from gateway.http_routing import match_route


def _judge(transaction: Transaction, run: RunEvidence) -> Finding:
    exchange = transaction.exchange
    if not {"path", "method"} & set(exchange.violates):
        return not_applicable("the request addresses a declared operation")
    if exchange.resource_path and run.contract.rest_api.method(exchange.resource_path, exchange.http_method):
        return not_applicable("the contract serves this route by a greedy path or ANY")
    if _is_served_by_http_api(transaction, run):
        return not_applicable("an HTTP API takes the request to a declared operation, which the contract serves so too")
    reached = reached_backend(transaction)
    if reached:
        return broken(f"{exchange.http_method} on an undeclared route reached the backend", evidence=transaction)
    if reached is None:
        return undetermined("no log tells whether the request reached the backend", evidence=transaction)
    return held("the gateway refused the undeclared route itself", evidence=transaction)


def _is_served_by_http_api(transaction: Transaction, run: RunEvidence) -> bool:
    """Whether an HTTP API finds a declared operation: it knows no method override, and no literal path shadows."""
    path = path_below_stage(transaction.exchange, run.configuration)
    if run.configuration.api_kind is not ApiKind.HTTP or path is None:
        return False
    return match_route(run.contract_routes, transaction.exchange.request.http_method, path) is not None


RULE = Rule(
    code="RT001",
    title="A path or method that the contract does not declare never reaches the backend",
    severity=Severity.ERROR,
    step=Step.ROUTING,
    why="A greedy path or an ANY method hands requests to code that nobody specified, reviewed or secured.",
    fix="Replace {proxy+} and ANY by the declared resources and methods, or declare them in the contract.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-set-up-simple-proxy.html",
    failure_modes=("route-greedy-shadow", "route-any-undeclared-method"),
    api_kinds=EVERY_KIND,
    judge=PerTransaction(_judge),
)
