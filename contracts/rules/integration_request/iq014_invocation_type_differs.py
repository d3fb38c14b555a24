"""IQ014: a function must be waited for where the contract waits, and only there."""

from collections.abc import Iterator, Mapping

from contracts.evidence import Missing, Transaction
from contracts.rule import PerOperation, Rule
from contracts.run_evidence import JudgedOperation, RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined
from gateway.rest_api import Integration

_HEADER = "X-Amz-Invocation-Type"
_WAITED_FOR = "RequestResponse"


def _judge(operation: JudgedOperation, _run: RunEvidence) -> Finding:
    meant = operation.method.integration if operation.method else None
    if meant is None or meant.lambda_arn is None:
        return not_applicable("the contract calls no function")
    wanted = _mapped(meant)
    if wanted is None:
        return not_applicable(f"the client chooses by {_HEADER}")
    seen = list(_seen(operation))
    other = next(((item, told) for item, told in seen if told != wanted), None)
    if other is not None:
        item, told = other
        return broken(f"the function was called as {told}, the contract says {wanted}", evidence=item)
    if isinstance(operation.deployed, Missing):
        return held(_as(wanted), evidence=seen[0][0]) if seen else undetermined(operation.deployed)
    there = operation.deployed.value.integration if operation.deployed.value else None
    if there is None or there.lambda_arn is None:
        return not_applicable("no function is deployed")
    if _mapped(there) != wanted:
        told = _mapped(there) or "what the client says"
        return broken(f"the function is called as {told}, the contract says {wanted} (by the configuration)")
    return held(_as(wanted), evidence=seen[0][0]) if seen else held(f"{_as(wanted)} (by the configuration)")


def _as(invocation_type: str) -> str:
    return f"the function is called as {invocation_type}"


def _seen(operation: JudgedOperation) -> Iterator[tuple[Transaction, str]]:
    """Give each transaction whose log shows the endpoint's headers as a whole, with the type that they ask for."""
    for transaction in operation.transactions:
        if isinstance(transaction.execution, Missing):
            continue
        logged = transaction.execution.value.endpoint_request_headers
        if logged is None or logged.is_cut(_HEADER):
            continue
        told = logged.get(_HEADER)
        if told is not None or not logged.truncated:
            yield transaction, told or _WAITED_FOR


def _mapped(integration: Integration) -> str | None:
    """Return the type that a mapping asks for; None where it is taken from the request."""
    parameters: Mapping[str, str] = {name.lower(): value for name, value in integration.request_parameters.items()}
    source = parameters.get(f"integration.request.header.{_HEADER}".lower())
    if source is None:
        return _WAITED_FOR
    return source.strip("'") if source.startswith("'") else None


RULE = Rule(
    code="IQ014",
    title="Functions are waited for where the contract waits for them",
    severity=Severity.ERROR,
    step=Step.INTEGRATION_REQUEST,
    why="Called as an Event, a function answers the client nothing and fails unseen; waited for, it may take too long.",
    fix="Map integration.request.header.X-Amz-Invocation-Type as the contract does, and deploy.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-integration-async.html",
    failure_modes=("int-async-event-header",),
    judge=PerOperation(_judge),
)
