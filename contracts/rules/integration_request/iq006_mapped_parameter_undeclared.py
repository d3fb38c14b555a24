"""IQ006: a mapping must refer only to parameters that the method request declares."""

import re

from contracts.evidence import Missing
from contracts.rule import PerOperation, Rule
from contracts.run_evidence import JudgedOperation, RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined

_PARAMETER = re.compile(r"method\.request\.(?:multivalue)?(path|querystring|header)\.(.+)")


def _judge(operation: JudgedOperation, _run: RunEvidence) -> Finding:
    if isinstance(operation.deployed, Missing):
        return undetermined(operation.deployed)
    method = operation.deployed.value
    if method is None or method.integration is None or not method.integration.request_parameters:
        return not_applicable("no request parameter is mapped")
    undeclared = []
    for target, source in method.integration.request_parameters.items():
        match = _PARAMETER.fullmatch(source)
        if match and f"method.request.{match[1]}.{match[2]}" not in method.request_parameters:
            undeclared.append(f"{target} reads {source}")
    if undeclared:
        return broken(f"{undeclared[0]}, which the method request does not declare")
    return held("every mapped parameter is declared")


RULE = Rule(
    code="IQ006",
    title="A mapping refers only to parameters that the method request declares",
    severity=Severity.ERROR,
    step=Step.INTEGRATION_REQUEST,
    why="An undeclared parameter never reaches the backend, and nothing says so.",
    fix="Declare the parameter in the method request, or mend the mapping.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html",
    failure_modes=("map-param-undefined",),
    judge=PerOperation(_judge),
)
