"""IS007: a status that a template sets must be one that API Gateway takes."""

import re
from collections.abc import Iterator

from contracts.evidence import Missing, Transaction
from contracts.rule import PerOperation, Rule
from contracts.run_evidence import JudgedOperation, RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined
from gateway.rest_api import Integration

_OVERRIDE = re.compile(r"#set\s*\(\s*\$\{?context\.responseOverride\.status\}?\s*=\s*([^)]*?)\s*\)")
_STATUSES = range(100, 600)


def _judge(operation: JudgedOperation, _run: RunEvidence) -> Finding:
    if isinstance(operation.deployed, Missing):
        return undetermined(operation.deployed)
    integration = operation.deployed.value.integration if operation.deployed.value else None
    values = [] if integration is None else list(_values(integration))
    if not values:
        return not_applicable("no template sets a status")
    for template, value in values:
        fault = _fault(value)
        if fault is not None:
            seen = [one for one in operation.transactions if one.exchange.response is not None]
            status = f"; {seen[0].exchange.response.status} was answered" if seen and seen[0].exchange.response else ""
            return broken(f"the {template} sets the status to {value}, {fault}{status}", evidence=_first(seen))
    return held("every status that a template sets is an integer from 100 to 599, or computed")


def _values(integration: Integration) -> Iterator[tuple[str, str]]:
    for kind, text in integration.request_templates.items():
        yield from ((f"request template for {kind}", value) for value in _OVERRIDE.findall(text))
    for response in integration.integration_responses:
        for kind, text in response.response_templates.items():
            where = f"response template of {response.status_code} for {kind}"
            yield from ((where, value) for value in _OVERRIDE.findall(text))


def _fault(value: str) -> str | None:
    if value[:1] in {'"', "'"}:
        return "which is text"
    if re.fullmatch(r"-?\d+\.\d+", value):
        return "which is no integer"
    if re.fullmatch(r"-?\d+", value) and int(value) not in _STATUSES:
        return "which is not from 100 to 599"
    return None


def _first(seen: list[Transaction]) -> Transaction | None:
    return seen[0] if seen else None


RULE = Rule(
    code="IS007",
    title="A status that a template sets is an integer from 100 to 599",
    severity=Severity.ERROR,
    step=Step.INTEGRATION_RESPONSE,
    why="Any other value is ignored without a word: the client gets the error with the status of success.",
    fix="Write #set($context.responseOverride.status = 400), without quotes.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-override-request-response-parameters.html",
    failure_modes=("map-status-override-ignored",),
    judge=PerOperation(_judge),
)
