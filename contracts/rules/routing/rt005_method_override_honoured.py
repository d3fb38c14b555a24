"""RT005: X-HTTP-Method-Override must not lead to a method that the contract does not declare."""

from dataclasses import replace

from contracts.attribution import AnsweredBy, answered_by
from contracts.evidence import Missing, Transaction
from contracts.request_parts import path_below_stage
from contracts.rule import PerTransaction, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined
from gateway.choices import METHOD_OVERRIDE_HEADER
from gateway.routing import route


def _judge(transaction: Transaction, run: RunEvidence) -> Finding:
    exchange, api = transaction.exchange, run.contract.rest_api
    wanted = (exchange.request.headers.get(METHOD_OVERRIDE_HEADER) or "").upper()
    path = path_below_stage(exchange, run.configuration)
    if not wanted or wanted == exchange.http_method or path is None or exchange.response is None:
        return not_applicable("no method override was sent")
    if route(api, wanted, path) is not None:
        return not_applicable("the contract declares the method that the override names")
    meant = route(api, exchange.http_method, path)
    found = _served(transaction, wanted)
    return found if meant is None else replace(found, subject=meant.resource.path)


def _served(transaction: Transaction, wanted: str) -> Finding:
    if answered_by(transaction) in {AnsweredBy.ROUTING, AnsweredBy.EDGE}:
        return held("the gateway refused the overridden method itself", evidence=transaction)
    served = _served_method(transaction)
    if served is None:
        missing = f"neither log nor access entry ($context.httpMethod) tells whether it was served as {wanted}"
        return undetermined(missing, evidence=transaction)
    if served != wanted:
        return held(f"the override was not followed: {served} served the request", evidence=transaction)
    sent = transaction.exchange.http_method
    return broken(
        f"a {sent} with {METHOD_OVERRIDE_HEADER}: {wanted} was served as {wanted}, which the contract does not declare",
        evidence=transaction,
    )


def _served_method(transaction: Transaction) -> str | None:
    entry, execution = transaction.access_entry, transaction.execution
    logged = None if isinstance(entry, Missing) else entry.value.values.get("httpMethod")
    if logged is None and not isinstance(execution, Missing):
        logged = execution.value.http_method
    return logged


RULE = Rule(
    code="RT005",
    title="A method override leads to no method that the contract does not declare",
    severity=Severity.ERROR,
    step=Step.ROUTING,
    why="Where X-HTTP-Method-Override is followed, what a firewall or cache sees as POST is served as DELETE.",
    fix="Replace ANY by the declared methods, and refuse the header in AWS WAF where nobody needs it.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html",
    failure_modes=("route-method-override",),
    judge=PerTransaction(_judge),
)
