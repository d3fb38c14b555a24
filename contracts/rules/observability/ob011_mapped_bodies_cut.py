"""OB011: some execution of a mapped operation must show its bodies whole."""

from contracts.evidence import Missing, Present
from contracts.rule import PerOperation, Rule
from contracts.run_evidence import JudgedOperation, RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined
from gateway.execution import Execution
from gateway.rest_api import IntegrationType

_MAPPED = {IntegrationType.AWS, IntegrationType.HTTP}


def _judge(operation: JudgedOperation, _run: RunEvidence) -> Finding:
    deployed = operation.deployed
    if isinstance(deployed, Missing):
        return undetermined(deployed)
    integration = deployed.value.integration if deployed.value else None
    if integration is None or integration.integration_type not in _MAPPED:
        return not_applicable("no template maps the bodies")
    reached = [
        item
        for item in operation.transactions
        if isinstance(item.execution, Present) and item.execution.value.endpoint_called
    ]
    if not reached:
        return not_applicable("no execution is known that reached the backend")
    whole = [item for item in reached if isinstance(item.execution, Present) and not _is_cut(item.execution.value)]
    if not whole:
        return broken(f"all {len(reached)} executions are cut at 1,024 bytes", evidence=reached[0])
    return held(f"{len(whole)} of {len(reached)} executions show their bodies whole", evidence=whole[0])


def _is_cut(execution: Execution) -> bool:
    bodies = (
        execution.request_body,
        execution.endpoint_request_body,
        execution.endpoint_response_body,
        execution.response_body,
    )
    return any(body is not None and body.truncated for body in bodies)


RULE = Rule(
    code="OB011",
    title="Some execution of every mapped operation shows its bodies whole",
    severity=Severity.NOTE,
    step=Step.STAGE,
    why="The log cuts a line at 1,024 bytes: a mapping whose bodies are always cut cannot be compared.",
    fix="Give the operation short examples in the contract, and let the backend of the stage answer short bodies.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html",
    failure_modes=("obs-exec-log-truncated",),
    judge=PerOperation(_judge),
)
