"""DP001: the stage must serve what the control plane holds."""

from contracts.differences import method_differences
from contracts.evidence import Missing
from contracts.rule import PerOperation, Rule
from contracts.run_evidence import JudgedOperation, RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, undetermined


def _judge(operation: JudgedOperation, run: RunEvidence) -> Finding:
    deployed, current = run.configuration.deployed, run.configuration.rest_api
    if isinstance(deployed, Missing):
        return undetermined(deployed)
    if isinstance(current, Missing):
        return undetermined(current)
    key = (operation.resource_path, operation.http_method)
    now, then = current.value.method(*key), deployed.value.method(*key)
    if now is None and then is None:
        return held("neither deployed nor configured")
    if now is None or then is None:
        where = "the control plane" if then is None else "the deployment"
        return broken(f"exists only in {where}: the configuration changed after the last deployment")
    differences = method_differences(then, now)
    if differences:
        first = differences[0]
        others = f", and {len(differences) - 1} more" if len(differences) > 1 else ""
        message = f"{first.what} changed after the last deployment{others}"
        return broken(message, comparison=first.as_comparison())
    return held("the deployment is what the control plane holds")


RULE = Rule(
    code="DP001",
    title="The stage serves what the control plane holds",
    severity=Severity.ERROR,
    step=Step.STAGE,
    why="A change that was saved and never deployed is not live, though console and code show it.",
    fix="Create a deployment for the stage; let your deployment's triggers cover every resource it depends on.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-deploy-api.html",
    failure_modes=("deploy-stale", "deploy-rollback"),
    judge=PerOperation(_judge),
)
