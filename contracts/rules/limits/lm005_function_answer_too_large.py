"""LM005: a Lambda function must not answer more than Lambda returns."""

import re

from contracts.attribution import endpoint_was_called
from contracts.evidence import Missing, Transaction
from contracts.rule import PerTransaction, Rule
from contracts.run_evidence import RunEvidence
from contracts.unlogged import unlogged
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined
from gateway.execution import Execution

_TOO_LARGE = re.compile(
    r"ResponseSizeTooLarge|[Rr]esponse payload size|body size is too long|exceeded maximum allowed payload"
)
_SERVER_ERROR = 500


def _judge(transaction: Transaction, run: RunEvidence) -> Finding:
    exchange = transaction.exchange
    method = run.deployed_method(exchange.resource_path, exchange.http_method)
    if isinstance(method, Missing):
        return undetermined(method, evidence=transaction)
    integration = method.value.integration if method.value else None
    if integration is None or integration.lambda_arn is None or exchange.response is None:
        return not_applicable("no Lambda function answered")
    if exchange.response.status < _SERVER_ERROR:
        size = len(exchange.response.body)
        return held(f"the answer has {size} bytes", evidence=transaction) if size else not_applicable("no body")
    if isinstance(transaction.execution, Missing):
        return unlogged(transaction, transaction.execution)
    if not endpoint_was_called(transaction.execution.value):
        return not_applicable("the function was not called")
    reason = _reason(transaction.execution.value)
    if reason is None:
        return not_applicable("the function failed for another reason")
    return broken(f"{exchange.response.status}: {reason[:160]}", evidence=transaction, reached_backend=True)


def _reason(execution: Execution) -> str | None:
    """Return the line of the log that tells of an answer that is too large."""
    told = (execution.lambda_error, execution.failure, *(line.text for line in execution.lines))
    return next((text for text in told if text and _TOO_LARGE.search(text)), None)


RULE = Rule(
    code="LM005",
    title="Answers of Lambda functions fit into 6 MB",
    severity=Severity.ERROR,
    step=Step.BACKEND,
    why="API Gateway takes 10 MB and Lambda returns 6: large pages and pictures end in 502, small ones never do.",
    fix="Answer in pages with a bounded limit, or give a presigned URL of S3.",
    source_url="https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html",
    failure_modes=("lim-lambda-6mb",),
    judge=PerTransaction(_judge),
)
