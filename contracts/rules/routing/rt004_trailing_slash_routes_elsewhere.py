"""RT004: a path with a trailing slash must not be served by another resource."""

from dataclasses import replace

from contracts.attribution import AnsweredBy, answered_by
from contracts.evidence import Missing, Transaction
from contracts.request_parts import path_below_stage
from contracts.rule import PerTransaction, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined
from gateway.routing import route


def _judge(transaction: Transaction, run: RunEvidence) -> Finding:
    exchange, api = transaction.exchange, run.contract.rest_api
    path = path_below_stage(exchange, run.configuration)
    if path is None or path == "/" or not path.endswith("/"):
        return not_applicable("the path has no trailing slash")
    meant = route(api, exchange.http_method, path.rstrip("/"))
    if meant is None or exchange.response is None:
        return not_applicable("without the slash no operation of the contract is addressed")
    deployed = run.deployed_api
    served = None if isinstance(deployed, Missing) else route(deployed.value, exchange.http_method, path.rstrip("/"))
    found = _served(transaction, meant.resource.path if served is None else served.resource.path)
    return replace(found, subject=f"{exchange.http_method} {meant.resource.path}")


def _served(transaction: Transaction, resource_path: str) -> Finding:
    if answered_by(transaction) in {AnsweredBy.ROUTING, AnsweredBy.EDGE}:
        return held("with a trailing slash the gateway refuses the request itself", evidence=transaction)
    entry = transaction.access_entry
    served_by = None if isinstance(entry, Missing) else entry.value.values.get("resourcePath")
    if served_by is None:
        return undetermined(
            "with a trailing slash the request was served, and no access entry tells $context.resourcePath",
            evidence=transaction,
        )
    if served_by == resource_path:
        return held("with a trailing slash the same resource serves the request", evidence=transaction)
    return broken(f"with a trailing slash {served_by} serves the request", evidence=transaction)


RULE = Rule(
    code="RT004",
    title="A trailing slash leads to the same resource or nowhere",
    severity=Severity.WARNING,
    step=Step.ROUTING,
    why="/items and /items/ are two paths: a greedy sibling serves the second with other code and other protection.",
    fix="Narrow the greedy path, or have it redirect or refuse paths that end in a slash.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-set-up-simple-proxy.html",
    failure_modes=("route-trailing-slash",),
    judge=PerTransaction(_judge),
)
