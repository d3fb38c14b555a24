"""ER002: an error of the backend must have the one error model."""

from contracts.attribution import AnsweredBy, answered_by_edge, answered_by_gateway
from contracts.bodies import NotJson, json_of
from contracts.evidence import Transaction
from contracts.rule import EVERY_KIND, PerTransaction, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Comparison, Finding, Severity, Step, broken, held, not_applicable, undetermined

_FIRST_ERROR_STATUS = 400


def _judge(transaction: Transaction, run: RunEvidence) -> Finding:
    exchange, model = transaction.exchange, run.expectations.errors.model
    if model is None:
        return not_applicable("no error model is expected ([errors] model)")
    if exchange.response is None or exchange.response.status < _FIRST_ERROR_STATUS or exchange.http_method == "HEAD":
        return not_applicable("no error was answered")
    if answered_by_gateway(exchange) or answered_by_edge(transaction):
        return not_applicable("the backend did not answer")
    schema = run.schemas.named(model)
    if schema is None:
        return undetermined(f"the contract has no schema {model!r}", evidence=transaction)
    value = json_of(exchange.response)
    faults = (value.reason,) if isinstance(value, NotJson) else run.schemas.errors(schema, value)
    if not faults:
        return held("the backend's error has the error model", evidence=transaction)
    shown = Comparison(
        what="error body", expected=f"model {model}", actual=exchange.response.body.decode("utf-8", "replace")
    )
    message = f"the backend's {exchange.response.status} is no {model}: {faults[0]}"
    return broken(message, evidence=transaction, comparison=shown, answered_by=AnsweredBy.BACKEND)


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
