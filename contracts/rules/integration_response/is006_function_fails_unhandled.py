"""IS006: a Lambda function must not fail unhandled."""

from contracts.attribution import endpoint_was_called
from contracts.evidence import Transaction
from contracts.proxy_functions import proxy_execution
from contracts.rule import PerTransaction, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable


def _judge(transaction: Transaction, run: RunEvidence) -> Finding:
    execution = proxy_execution(transaction, run)
    if isinstance(execution, Finding):
        return execution
    if (execution.lambda_error or "").startswith("execution failed"):
        return broken(f"the function failed: {execution.lambda_error}", evidence=transaction, reached_backend=True)
    if not endpoint_was_called(execution) or execution.lambda_error:
        return not_applicable("the function was not called")
    return held("the function handled the request", evidence=transaction)


RULE = Rule(
    code="IS006",
    title="No Lambda function fails unhandled",
    severity=Severity.ERROR,
    step=Step.BACKEND,
    why="An unhandled exception or a function timeout gives the client 502 and no detail.",
    fix="Catch errors in the handler and answer in the error model; raise the function's timeout and memory.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/handle-errors-in-lambda-integration.html",
    failure_modes=("int-lambda-unhandled",),
    explained_by=("LM005",),
    judge=PerTransaction(_judge),
)
