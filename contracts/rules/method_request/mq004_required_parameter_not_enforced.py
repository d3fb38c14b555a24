"""MQ004: a request without a required parameter must not reach the backend."""

from contracts.evidence import Transaction
from contracts.refused_input import judge_refused
from contracts.request_promises import missing_required_parameters
from contracts.rule import PerTransaction, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, not_applicable


def _judge(transaction: Transaction, run: RunEvidence) -> Finding:
    missing = missing_required_parameters(transaction.exchange, run.contract.rest_api)
    if not missing:
        return not_applicable("no required parameter is missing")
    return judge_refused(
        transaction,
        reached=f"reached the backend without the required {missing[0]}",
        accepted=f"was accepted without the required {missing[0]}",
        what="incomplete request",
    )


RULE = Rule(
    code="MQ004",
    title="A request without a required parameter never reaches the backend",
    severity=Severity.ERROR,
    step=Step.METHOD_REQUEST,
    why="Without enforcement a missing parameter becomes an empty value in a mapping or a crash in the backend.",
    fix="Mark the parameter as required in the method request and attach a validator for parameters.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html",
    failure_modes=("val-validator-absent", "route-case-sensitive"),
    explained_by=("MQ001",),
    judge=PerTransaction(_judge),
)
