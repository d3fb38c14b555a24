"""MQ002: a body that the declared model refuses must not reach the backend."""

from contracts.evidence import Transaction
from contracts.refused_input import judge_refused
from contracts.request_promises import body_faults
from contracts.rule import PerTransaction, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, not_applicable


def _judge(transaction: Transaction, run: RunEvidence) -> Finding:
    faults = body_faults(transaction.exchange, run.contract.rest_api)
    if not faults:
        return not_applicable("the body is valid or the method promises no validation of it")
    status = transaction.exchange.response.status if transaction.exchange.response else "no answer"
    return judge_refused(
        transaction,
        reached=f"an invalid body reached the backend ({faults[0]}); the client got {status}",
        accepted=f"an invalid body was accepted ({faults[0]})",
        what="invalid body",
    )


RULE = Rule(
    code="MQ002",
    title="A body that the declared model refuses never reaches the backend",
    severity=Severity.ERROR,
    step=Step.METHOD_REQUEST,
    why="The backend trusts the gateway's validation; bad data is stored or crashes it.",
    fix="Attach the request validator and the model to the deployed method, then redeploy.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html",
    failure_modes=("val-validator-absent", "val-empty-body", "val-draft4-semantics", "val-maxitems-ignored"),
    explained_by=("MQ001",),
    judge=PerTransaction(_judge),
)
