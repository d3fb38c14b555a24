"""MQ004: a request without a required parameter must not reach the backend."""

from contracts.attribution import is_accepted, reached_backend
from contracts.evidence import Transaction
from contracts.request_promises import missing_required_parameters
from contracts.rule import PerTransaction, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined


def _judge(transaction: Transaction, run: RunEvidence) -> Finding:
    missing = missing_required_parameters(transaction.exchange, run.contract.rest_api)
    if not missing:
        return not_applicable("no required parameter is missing")
    reached = reached_backend(transaction)
    if reached:
        message = f"reached the backend without the required {missing[0]}"
        return broken(message, evidence=transaction, reached_backend=True)
    if is_accepted(transaction.exchange):
        return broken(f"was accepted without the required {missing[0]}", evidence=transaction)
    if reached is None:
        return undetermined("no log tells whether the incomplete request reached the backend", evidence=transaction)
    return held("the gateway refused the incomplete request itself", evidence=transaction)


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
