"""RT002: every operation of the contract must be deployed."""

from contracts.attribution import AnsweredBy, answered_by, answered_by_edge, answered_by_gateway, ended_too_early
from contracts.evidence import Missing, Mode, Present, Transaction
from contracts.rule import PerOperation, Rule
from contracts.run_evidence import JudgedOperation, RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, undetermined
from gateway.rest_api import AuthorizationType

_TOO_LARGE = 413


def _judge(operation: JudgedOperation, _run: RunEvidence) -> Finding:
    answered = [
        transaction
        for transaction in operation.transactions
        if transaction.exchange.response is not None and not answered_by_edge(transaction)
    ]
    found = next((transaction for transaction in answered if _came_to_a_method(transaction)), None)
    right = [
        transaction
        for transaction in answered
        if transaction.exchange.mode is Mode.POSITIVE and not transaction.exchange.violates
    ]
    unrouted = next((transaction for transaction in right if _no_route(transaction)), None)
    if unrouted is not None and found is None and not _is_unsigned(operation):
        return broken("answers 403 Missing Authentication Token: no such route is deployed", evidence=unrouted)
    served = next((one for one in answered if not answered_by_gateway(one.exchange)), None)
    if served is not None:
        return held("is deployed: it answers", evidence=served)
    if isinstance(operation.deployed, Missing):
        return undetermined(operation.deployed) if found is None else held("is deployed: it answers", evidence=found)
    if operation.deployed.value is None:
        return broken("the deployed API has no such method", evidence=right[0] if right else None)
    return held("is deployed (by the configuration)")


def _came_to_a_method(transaction: Transaction) -> bool:
    """Whether an answer shows that a method was found: sizes, throttles and web ACLs are looked at before."""
    response = transaction.exchange.response
    is_too_large = response is not None and response.status == _TOO_LARGE
    return not (_no_route(transaction) or ended_too_early(transaction) or is_too_large)


def _no_route(transaction: Transaction) -> bool:
    error_type = transaction.exchange.error_type or ""
    return error_type.startswith("MissingAuthenticationToken") or answered_by(transaction) is AnsweredBy.ROUTING


def _is_unsigned(operation: JudgedOperation) -> bool:
    """Whether the same answer only says that a request is not signed: AWS_IAM refuses in the same words."""
    deployed = operation.deployed.value if isinstance(operation.deployed, Present) else operation.method
    return deployed is not None and deployed.authorization_type is AuthorizationType.AWS_IAM


RULE = Rule(
    code="RT002",
    title="Every operation of the contract is deployed",
    severity=Severity.ERROR,
    step=Step.ROUTING,
    why="An undeployed route answers 403 Missing Authentication Token, which people debug as a permission problem.",
    fix="Add the method to the API and deploy the API to the stage again.",
    source_url="https://repost.aws/knowledge-center/api-gateway-authentication-token-errors",
    failure_modes=("route-missing-auth-token", "deploy-import-warnings", "route-sibling-shadow"),
    judge=PerOperation(_judge),
)
