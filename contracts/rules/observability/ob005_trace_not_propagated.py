"""OB005: a trace must go on from the stage to the Lambda function."""

from collections.abc import Iterator

from contracts.attribution import endpoint_was_called
from contracts.evidence import Missing, Trace, TraceSegment, Transaction
from contracts.rule import PerTransaction, Rule
from contracts.run_evidence import RunEvidence
from contracts.unlogged import unlogged
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined


def _judge(transaction: Transaction, run: RunEvidence) -> Finding:
    exchange = transaction.exchange
    method = run.deployed_method(exchange.resource_path, exchange.http_method)
    if isinstance(method, Missing):
        return undetermined(method, evidence=transaction)
    integration = method.value.integration if method.value else None
    if integration is None or integration.lambda_arn is None:
        return not_applicable("no Lambda function is called")
    if not isinstance(transaction.trace, Missing) and any(map(_is_of_the_function, _all(transaction.trace.value))):
        return held("the trace goes on to the function", evidence=transaction)
    if isinstance(transaction.execution, Missing):
        return unlogged(transaction, transaction.execution)
    if not endpoint_was_called(transaction.execution.value):
        return not_applicable("the function was not called")
    if transaction.execution.value.failure is not None:
        return not_applicable("the call of the function failed")
    if not isinstance(run.stage, Missing) and not run.stage.value.tracing_enabled:
        return not_applicable("tracing is off")
    if isinstance(transaction.trace, Missing):
        return undetermined(transaction.trace, evidence=transaction)
    return broken("the trace ends at the stage: the function has no segment in it", evidence=transaction)


def _is_of_the_function(segment: TraceSegment) -> bool:
    return (segment.origin or "").startswith("AWS::Lambda") and not segment.inferred


def _all(trace: Trace) -> Iterator[TraceSegment]:
    waiting = list(trace.segments)
    while waiting:
        segment = waiting.pop()
        yield segment
        waiting.extend(segment.subsegments)


RULE = Rule(
    code="OB005",
    title="Traces go on from the stage to the Lambda function",
    severity=Severity.WARNING,
    step=Step.INTEGRATION_REQUEST,
    why="Two unrelated traces say nothing about where a request lost its time.",
    fix="Turn on tracing for the function, and pass X-Amzn-Trace-Id on in HTTP integrations.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-understanding-xray-traces.html",
    failure_modes=("obs-xray-not-propagated",),
    judge=PerTransaction(_judge),
)
