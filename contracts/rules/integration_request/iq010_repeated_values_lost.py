"""IQ010: a parameter that is a list must reach the backend with all its values."""

from urllib.parse import parse_qsl, urlsplit

from contracts.attribution import endpoint_was_called
from contracts.evidence import Missing, Transaction
from contracts.operation import Operation
from contracts.request_parts import resolved_schema
from contracts.rule import PerOperation, Rule
from contracts.run_evidence import JudgedOperation, RunEvidence
from contracts.unlogged import unlogged
from contracts.verdict import Finding, Outcome, Severity, Step, broken, held, not_applicable, undetermined
from gateway.rest_api import Integration, IntegrationType

_TARGET = "integration.request.querystring."
_SINGLE = "method.request.querystring."
_TWICE = 2
_HTTP = {IntegrationType.HTTP, IntegrationType.HTTP_PROXY}


def _judge(operation: JudgedOperation, run: RunEvidence) -> Finding:
    names = _repeated(operation.declared, run)
    if not names:
        return not_applicable("no query parameter is sent repeatedly")
    if isinstance(operation.deployed, Missing):
        return undetermined(operation.deployed)
    integration = operation.deployed.value.integration if operation.deployed.value else None
    if integration is None or integration.integration_type not in _HTTP:
        return not_applicable("the endpoint is given no query string")
    targets = _targets(integration, names)
    seen = [found for item in operation.transactions if (found := _passed(item, targets)) is not None]
    for outcome in (Outcome.BROKEN, Outcome.HELD):
        first = next((found for found in seen if found.outcome is outcome), None)
        if first is not None:
            return first
    single = [name for name in names if f"{_SINGLE}{name}" in integration.request_parameters.values()]
    if single:
        return broken(f"{_SINGLE}{single[0]} carries one value of a list (by the configuration)")
    if seen:
        return seen[0]
    return held("every value of a list is passed on (by the configuration)")


def _repeated(operation: Operation, run: RunEvidence) -> list[str]:
    found = []
    for parameter in operation.parameters:
        style = parameter.declaration.get("style", "form")
        explode = parameter.declaration.get("explode", style == "form")
        multi = parameter.declaration.get("collectionFormat", "multi") == "multi"
        is_list = resolved_schema(parameter.schema, run.contract.document).get("type") == "array"
        if parameter.location == "query" and is_list and explode and multi:
            found.append(parameter.name)
    return found


def _targets(integration: Integration, names: list[str]) -> dict[str, str]:
    """Return the endpoint's name of each parameter that is passed on."""
    mapped = {
        source.rpartition("querystring.")[2]: target.removeprefix(_TARGET)
        for target, source in integration.request_parameters.items()
        if target.startswith(_TARGET) and "querystring." in source
    }
    passed = integration.integration_type is IntegrationType.HTTP_PROXY
    return {name: mapped.get(name, name) for name in names if passed or name in mapped}


def _passed(transaction: Transaction, targets: dict[str, str]) -> Finding | None:
    """Say whether a request's repeated values arrived; None where it repeats none or was not passed on."""
    sent = parse_qsl(urlsplit(transaction.exchange.request.url).query, keep_blank_values=True)
    counts = {name: sum(key == name for key, _ in sent) for name in targets}
    if max(counts.values(), default=0) < _TWICE:
        return None
    if isinstance(transaction.execution, Missing):
        unread = unlogged(transaction, transaction.execution)
        return unread if unread.outcome is Outcome.UNDETERMINED else None
    execution = transaction.execution.value
    uri = execution.endpoint_uri
    if not endpoint_was_called(execution):
        return None
    if uri is None or uri.endswith("[TRUNCATED]") or "redacted:" in uri:
        return undetermined("the log does not hold the endpoint request URI as a whole", evidence=transaction)
    there = parse_qsl(urlsplit(uri).query, keep_blank_values=True)
    for name, target in targets.items():
        after = sum(key == target for key, _ in there)
        if after < counts[name]:
            message = f"{name} was sent {counts[name]} times, and {target} reached the endpoint {after} times"
            return broken(message, evidence=transaction)
    return held("every value of a list is passed on", evidence=transaction)


RULE = Rule(
    code="IQ010",
    title="Repeated query parameters reach the endpoint with all their values",
    severity=Severity.ERROR,
    step=Step.INTEGRATION_REQUEST,
    why="method.request.querystring carries one value: the others of ?tag=a&tag=b are lost without a word.",
    fix="Map method.request.multivaluequerystring.<name>; in a Lambda function read multiValueQueryStringParameters.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html",
    failure_modes=("map-multivalue-first-only",),
    judge=PerOperation(_judge),
)
