"""RT001: a path or method that the contract does not declare must not reach the backend."""

from contracts.attribution import reached_backend
from contracts.evidence import Transaction
from contracts.rule import EVERY_KIND, PerTransaction, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined


def _judge(transaction: Transaction, run: RunEvidence) -> Finding:
    exchange = transaction.exchange
    if not {"path", "method"} & set(exchange.violates):
        return not_applicable("the request addresses a declared operation")
    if exchange.resource_path and run.contract.rest_api.method(exchange.resource_path, exchange.http_method):
        return not_applicable("the contract serves this route by a greedy path or ANY")
    reached = reached_backend(transaction)
    if reached:
        return broken(f"{exchange.http_method} on an undeclared route reached the backend", evidence=transaction)
    if reached is None:
        return undetermined("no log tells whether the request reached the backend", evidence=transaction)
    return held("the gateway refused the undeclared route itself", evidence=transaction)


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
