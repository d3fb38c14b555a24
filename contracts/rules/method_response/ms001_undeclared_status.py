"""MS001: every status that is answered must be declared."""

from contracts.attribution import AnsweredBy, answered_by, was_provoked
from contracts.evidence import Transaction
from contracts.rule import EVERY_KIND, PerTransaction, Rule
from contracts.rules.errors.er004_server_error import ACCEPTED
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable

_FIRST_SERVER_ERROR = 500


def _judge(transaction: Transaction, run: RunEvidence) -> Finding:
    exchange, operation = transaction.exchange, run.operation_of(transaction)
    if operation is None or exchange.response is None or "method" in exchange.violates:
        return not_applicable("no declared operation answered")
    status = exchange.response.status
    if operation.declared.response_for(status) is not None:
        return held(f"{status} is declared", evidence=transaction)
    declared = ", ".join(sorted(operation.declared.responses)) or "nothing"
    if status >= _FIRST_SERVER_ERROR and not was_provoked(exchange) and status not in ACCEPTED.of(run):
        return not_applicable("server errors are judged by ER004")
    who = answered_by(transaction)
    if who in {AnsweredBy.ROUTING, AnsweredBy.EDGE}:
        return not_applicable("the request did not arrive at the operation")
    message = f"the {who} answered {status}, which the contract does not declare (declared: {declared})"
    return broken(message, evidence=transaction, answered_by=who)


RULE = Rule(
    code="MS001",
    title="Every status that is answered is declared in the contract",
    severity=Severity.ERROR,
    step=Step.METHOD_RESPONSE,
    why="Generated clients cannot read what is not declared; the gateway's own statuses are the ones forgotten most.",
    fix="Declare the status with its model, or map it to a declared one.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-settings-method-response.html",
    failure_modes=("err-undocumented-status",),
    api_kinds=EVERY_KIND,
    judge=PerTransaction(_judge),
)
