"""DP001: the stage must serve what the control plane holds."""

from dataclasses import replace

from contracts.differences import method_differences
from contracts.evidence import Missing
from contracts.rule import PerOperation, Rule
from contracts.run_evidence import JudgedOperation, RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined
from gateway.rest_api import Method
from gateway.routing import Route, serving


def _judge(operation: JudgedOperation, run: RunEvidence) -> Finding:
    deployed, current = run.configuration.deployed, run.configuration.rest_api
    if isinstance(deployed, Missing):
        return undetermined(deployed)
    if isinstance(current, Missing):
        return undetermined(current)
    key = (operation.http_method, operation.resource_path)
    now, then = serving(current.value, *key), serving(deployed.value, *key)
    if now is None and then is None:
        return not_applicable("neither deployed nor configured")
    if now is None or then is None or now.resource.path != then.resource.path:
        return broken(f"{_moved(then, now)}: the configuration changed after the last deployment")
    differences = method_differences(_plain(then.method), _plain(now.method))
    if differences:
        first = differences[0]
        others = f", and {len(differences) - 1} more" if len(differences) > 1 else ""
        message = f"{first.what} changed after the last deployment{others}"
        return broken(message, comparison=first.as_comparison())
    return held("the deployment is what the control plane holds")


def _moved(then: Route | None, now: Route | None) -> str:
    if then is not None and now is not None:
        return f"{then.resource.path} serves it in the deployment, {now.resource.path} in the control plane"
    return f"exists only in {'the control plane' if then is None else 'the deployment'}"


def _plain(method: Method) -> Method:
    """Leave out the path's variables, which an export writes whether the method declares them or not."""
    declared = {name: needed for name, needed in method.request_parameters.items() if ".path." not in name}
    return replace(method, request_parameters=declared)


RULE = Rule(
    code="DP001",
    title="The stage serves what the control plane holds",
    severity=Severity.WARNING,
    step=Step.STAGE,
    why="A change that was saved and never deployed is not live, though console and code show it.",
    fix="Create a deployment for the stage; let your deployment's triggers cover every resource. Waive it "
    "where the stage follows another one on purpose.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-deploy-api.html",
    failure_modes=("deploy-stale", "deploy-rollback"),
    explained_by=("RT002", "DP003"),
    judge=PerOperation(_judge),
)
