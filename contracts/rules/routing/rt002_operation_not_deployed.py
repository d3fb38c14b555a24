"""RT002: every operation of the contract must be deployed."""

from contracts.evidence import Missing
from contracts.rule import PerOperation, Rule
from contracts.run_evidence import JudgedOperation, RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, undetermined


def _judge(operation: JudgedOperation, _run: RunEvidence) -> Finding:
    refused = [
        transaction
        for transaction in operation.transactions
        if (transaction.exchange.error_type or "").startswith("MissingAuthenticationToken")
        and not transaction.exchange.violates
    ]
    if refused:
        return broken("answers 403 Missing Authentication Token: no such route is deployed", evidence=refused[0])
    if isinstance(operation.deployed, Missing):
        return undetermined(operation.deployed)
    if operation.deployed.value is None:
        return broken("the deployed API has no such method")
    return held("is deployed")


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
