"""IQ012: a request header that the contract declares must reach the endpoint."""

from contracts.attribution import endpoint_was_called
from contracts.evidence import Missing, Transaction
from contracts.rule import PerOperation, Rule
from contracts.rule_parameter import RuleParameter
from contracts.run_evidence import JudgedOperation, RunEvidence
from contracts.unlogged import unlogged
from contracts.verdict import Finding, Outcome, Severity, Step, broken, held, not_applicable, undetermined
from gateway.choices import DROPPED_REQUEST_HEADERS
from gateway.rest_api import IntegrationType

_IGNORED = RuleParameter(
    rule="IQ012",
    name="ignored_headers",
    default=("accept", "authorization", "content-type", "user-agent", "x-api-key"),
    meaning="Declared headers that need not reach the endpoint: the gateway's own matter, or another rule's.",
)


def _judge(operation: JudgedOperation, run: RunEvidence) -> Finding:
    ignored = {name.lower() for name in _IGNORED.of(run)}
    declared = [one.name for one in operation.declared.parameters if one.location == "header"]
    declared = [name for name in declared if name.lower() not in ignored]
    if not declared:
        return not_applicable("the operation declares no request header")
    never = [name for name in declared if name.lower() in DROPPED_REQUEST_HEADERS]
    if never:
        return broken(f"{never[0]} is declared, and API Gateway passes it to no endpoint (by the contract)")
    if isinstance(operation.deployed, Missing):
        return undetermined(operation.deployed)
    integration = operation.deployed.value.integration if operation.deployed.value else None
    if integration is None or integration.integration_type is not IntegrationType.HTTP_PROXY:
        return held("no declared header is one that API Gateway drops")
    findings = [_passed(transaction, declared) for transaction in operation.transactions]
    for outcome in (Outcome.BROKEN, Outcome.HELD, Outcome.UNDETERMINED):
        found = next((finding for finding in findings if finding.outcome is outcome), None)
        if found is not None:
            return found
    return not_applicable("no declared header was sent to the endpoint")


def _passed(transaction: Transaction, declared: list[str]) -> Finding:
    sent = [name for name in declared if name in transaction.exchange.request.headers]
    if not sent:
        return not_applicable("no declared header was sent")
    if isinstance(transaction.execution, Missing):
        return unlogged(transaction, transaction.execution)
    if not endpoint_was_called(transaction.execution.value):
        return not_applicable("the endpoint was not called")
    logged = transaction.execution.value.endpoint_request_headers
    if logged is None or logged.truncated:
        return undetermined("the log does not hold the endpoint request headers as a whole", evidence=transaction)
    lost = next((name for name in sent if logged.get(name) is None), None)
    if lost is None:
        return held("declared headers reach the endpoint", evidence=transaction)
    return broken(f"{lost} was sent and did not reach the endpoint", evidence=transaction, reached_backend=True)


RULE = Rule(
    code="IQ012",
    title="Declared request headers reach the endpoint",
    severity=Severity.WARNING,
    step=Step.INTEGRATION_REQUEST,
    why="API Gateway drops Expect, TE, Content-MD5, Max-Forwards and others: the backend never sees them.",
    fix="Give the header another name, for example with the prefix X-, or map it under another name.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html",
    failure_modes=("hdr-dropped-request",),
    parameters=(_IGNORED,),
    judge=PerOperation(_judge),
)
