"""ER002: an error of the backend must have the one error model."""

from contracts.attribution import answered_by_edge, answered_by_gateway
from contracts.error_envelope import ErrorOf, judge_envelope
from contracts.evidence import Transaction
from contracts.rule import EVERY_KIND, PerTransaction, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step


def _judge(transaction: Transaction, run: RunEvidence) -> Finding:
    exchange = transaction.exchange
    status = exchange.response.status if exchange.response else 0
    error = ErrorOf(
        owner="backend",
        name=f"the backend's {status}",
        is_theirs=not answered_by_gateway(exchange) and not answered_by_edge(transaction),
        others="the backend did not answer",
    )
    return judge_envelope(transaction, run, error)


RULE = Rule(
    code="ER002",
    title="Errors of the backend have the one error model",
    severity=Severity.ERROR,
    step=Step.INTEGRATION_RESPONSE,
    why="Every shape of error is another parser in every client, and the rarest one is never written.",
    fix="Answer in the error model from the backend, or map the error in the integration response.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/handle-errors-in-lambda-integration.html",
    failure_modes=("err-shape-split",),
    explained_by=("IS001",),
    api_kinds=EVERY_KIND,
    judge=PerTransaction(_judge),
)
