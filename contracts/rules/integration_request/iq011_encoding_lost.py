"""IQ011: a percent-encoded value must mean the same to the endpoint as to the client."""

import re
from urllib.parse import parse_qsl, unquote, urlsplit

from contracts.attribution import endpoint_was_called
from contracts.evidence import Missing, Transaction
from contracts.operation import Operation
from contracts.request_parts import parameter_fault, path_below_stage, values_sent
from contracts.rule import PerTransaction, Rule
from contracts.run_evidence import RunEvidence
from contracts.unlogged import unlogged
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined
from gateway.rest_api import Integration, IntegrationType

_HTTP = {IntegrationType.HTTP, IntegrationType.HTTP_PROXY}
_REWRITTEN = re.compile(r"[%/+&=#?; |]")


def _judge(transaction: Transaction, run: RunEvidence) -> Finding:
    operation = run.operation_of(transaction)
    if operation is None:
        return not_applicable("the request addresses no operation of the contract")
    encoded = _encoded_values(transaction, operation.declared, run)
    if not encoded:
        return not_applicable("no value that the contract allows has to be encoded")
    if isinstance(operation.deployed, Missing):
        return undetermined(operation.deployed, evidence=transaction)
    integration = operation.deployed.value.integration if operation.deployed.value else None
    if integration is None or integration.integration_type not in _HTTP:
        return not_applicable("the endpoint is called by no URL of its own")
    if isinstance(transaction.execution, Missing):
        return unlogged(transaction, transaction.execution)
    execution = transaction.execution.value
    if not endpoint_was_called(execution):
        return not_applicable("the backend was not called")
    uri = execution.endpoint_uri
    if uri is None or uri.endswith("[TRUNCATED]") or "redacted:" in unquote(uri):
        return undetermined("the log does not hold the endpoint request URI as a whole", evidence=transaction)
    return _compared(transaction, integration, encoded, uri)


def _encoded_values(transaction: Transaction, operation: Operation, run: RunEvidence) -> list[tuple[str, str, str]]:
    path = path_below_stage(transaction.exchange, run.configuration)
    return [
        (parameter.location, parameter.name, value)
        for parameter, value in values_sent(transaction.exchange, operation, path)
        if parameter.location in {"path", "query"}
        and _REWRITTEN.search(value)
        and parameter_fault(parameter, value, run.contract.document) is None
    ]


def _compared(
    transaction: Transaction, integration: Integration, encoded: list[tuple[str, str, str]], uri: str
) -> Finding:
    sources = {source: target for target, source in integration.request_parameters.items()}
    is_proxy = integration.integration_type is IntegrationType.HTTP_PROXY
    looked_at = False
    for place, name, value in encoded:
        word = "querystring" if place == "query" else place
        target = sources.get(f"method.request.{word}.{name}") or sources.get(f"method.request.multivalue{word}.{name}")
        if target is None and not (is_proxy and place == "query"):
            continue
        arrived = _arrived(uri, integration.uri or "", place, name if target is None else target.split(".", 3)[3])
        if arrived is None:
            continue
        looked_at = True
        if value not in arrived:
            message = f"the {place} parameter {name}={value!r} reached the endpoint as {', '.join(map(repr, arrived))}"
            return broken(message, evidence=transaction, reached_backend=True)
    return (
        held("encoded values mean the same", evidence=transaction) if looked_at else not_applicable("nothing is mapped")
    )


def _arrived(uri: str, configured: str, place: str, target: str) -> list[str] | None:
    """Return the decoded values under a name at the endpoint; None where the path does not tell them."""
    if place == "query":
        return [value for key, value in parse_qsl(urlsplit(uri).query, keep_blank_values=True) if key == target]
    template = re.sub(r"^\w+://[^/]*", "", configured).partition("?")[0]
    parts = re.split(r"(\{[^{}]+\})", template)
    pattern = "".join(_part(part, target) for part in parts)
    found = re.fullmatch(pattern, urlsplit(uri).path)
    return None if found is None or "value" not in found.groupdict() else [_one_segment(found["value"])]


def _part(part: str, target: str) -> str:
    if part.strip("{}+") == target and part.startswith("{"):
        return "(?P<value>.*)"
    return ".*" if part.startswith("{") else re.escape(part)


def _one_segment(raw: str) -> str:
    """Return what the endpoint reads as one segment: a bare slash begins another."""
    return unquote(raw.split("/", 1)[0])


RULE = Rule(
    code="IQ011",
    title="Encoded values mean the same to the endpoint",
    severity=Severity.WARNING,
    step=Step.INTEGRATION_REQUEST,
    why="API Gateway decodes parameters before it passes them on: %2F becomes a path separator, %2B a space.",
    fix="Have the contract refuse such characters in a path, send them in the query or body, or encode them twice.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html",
    failure_modes=("map-query-decoding",),
    judge=PerTransaction(_judge),
)
