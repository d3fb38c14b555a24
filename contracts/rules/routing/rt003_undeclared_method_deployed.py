"""RT003: the deployed API must not serve methods that the contract does not declare."""

from collections.abc import Iterator

from contracts.evidence import Missing
from contracts.rule import PerStage, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Outcome, Severity, Step, held, undetermined
from gateway.routing import serving


def _judge(run: RunEvidence) -> Iterator[Finding]:
    api = run.deployed_api
    if isinstance(api, Missing):
        yield undetermined(api)
        return
    contract = run.contract.rest_api
    undeclared = [
        (resource.path, method.http_method)
        for resource in api.value.resources
        for method in resource.methods
        if method.http_method != "OPTIONS" and serving(contract, method.http_method, resource.path) is None
    ]
    for path, http_method in undeclared:
        message = f"{http_method} {path} is deployed and the contract does not declare it"
        yield Finding(outcome=Outcome.BROKEN, message=message, subject=f"{http_method} {path}")
    if not undeclared:
        yield held("every deployed method is declared")


RULE = Rule(
    code="RT003",
    title="The deployed API serves only what the contract declares",
    severity=Severity.WARNING,
    step=Step.ROUTING,
    why="An undeclared method is an open door: no test, no review and no model looks after it.",
    fix="Remove the method and redeploy, or declare it in the contract.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-method-settings.html",
    failure_modes=("route-greedy-shadow", "route-any-undeclared-method"),
    judge=PerStage(_judge),
)
