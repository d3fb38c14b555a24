"""DP002: the deployed method must ask and answer what the contract says."""

from contracts.differences import interface_differences
from contracts.evidence import Missing
from contracts.rule import PerOperation, Rule
from contracts.run_evidence import JudgedOperation, RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined


def _judge(operation: JudgedOperation, run: RunEvidence) -> Finding:
    if isinstance(operation.deployed, Missing):
        return undetermined(operation.deployed)
    api = run.deployed_api
    if operation.deployed.value is None or operation.method is None or isinstance(api, Missing):
        return not_applicable("is not deployed")
    differences = interface_differences(operation.method, operation.deployed.value, run.contract.rest_api, api.value)
    if differences:
        names = ", ".join(difference.what for difference in differences)
        return broken(f"differs from the contract in {names}", comparison=differences[0].as_comparison())
    return held("the deployed method is the contract's")


RULE = Rule(
    code="DP002",
    title="Deployed methods ask and answer what the contract says",
    severity=Severity.WARNING,
    step=Step.STAGE,
    why="Contract and stage drift apart: tests, documentation and generated clients describe another API.",
    fix="Deploy the contract, or bring the contract up to date.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-import-api.html",
    failure_modes=("deploy-import-warnings", "deploy-export-drift", "deploy-root-security-ignored"),
    explained_by=("MQ001", "MQ005", "MQ006", "RT002", "DP001", "MQ010"),
    judge=PerOperation(_judge),
)
