"""IQ004: every stage variable that an integration refers to must be defined on the stage."""

import re
from collections.abc import Iterator

from contracts.evidence import Missing
from contracts.rule import PerStage, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Outcome, Severity, Step, held, undetermined
from gateway.rest_api import Integration, Method, RestApi

_REFERENCE = re.compile(
    r"(?<!\$!)(?<!\$!\{)stageVariables"
    r"(?:\.(?:get\(['\"])?|\[['\"])(?P<name>[A-Za-z0-9_]+)(?![A-Za-z0-9_(])"
)
"""A reference, but not a quiet one (``$!stageVariables.x``) and not a method call."""

_CONDITION = re.compile(r"#(?:else)?if\s*\((?:[^()]|\([^()]*\))*\)")


def _judge(run: RunEvidence) -> Iterator[Finding]:
    api, stage = run.deployed_api, run.stage
    if isinstance(api, Missing):
        yield undetermined(api)
        return
    if isinstance(stage, Missing):
        yield undetermined(stage)
        return
    found = False
    for resource in api.value.resources:
        for method in resource.methods:
            for who, name in _referred_to(method, api.value):
                if name not in stage.value.variables:
                    found = True
                    message = f"the {who} refers to stageVariables.{name}, which the stage does not define"
                    subject = f"{method.http_method} {resource.path}"
                    yield Finding(outcome=Outcome.BROKEN, message=message, subject=subject)
    if not found:
        yield held("every stage variable that is referred to is defined")


def _referred_to(method: Method, api: RestApi) -> Iterator[tuple[str, str]]:
    if method.integration is not None:
        for name in sorted(names_in("\n".join(_texts(method.integration)))):
            yield "integration", name
    authorizer = api.authorizers.get(method.authorizer_name or "")
    if authorizer is not None:
        for name in sorted(names_in(authorizer.uri or "")):
            yield f"authorizer {authorizer.name}", name


def names_in(text: str) -> set[str]:
    """Return the stage variables that a mapping needs: those that a template asks for by #if may be absent."""
    optional = {name for condition in _CONDITION.findall(text) for name in _REFERENCE.findall(condition)}
    return set(_REFERENCE.findall(text)) - optional


def _texts(integration: Integration) -> Iterator[str]:
    yield integration.uri or ""
    yield integration.credentials or ""
    yield integration.connection_id or ""
    yield from integration.request_parameters.values()
    yield from integration.request_templates.values()
    for response in integration.integration_responses:
        yield from response.response_parameters.values()
        yield from response.response_templates.values()


RULE = Rule(
    code="IQ004",
    title="Every stage variable that is referred to is defined on the stage",
    severity=Severity.ERROR,
    step=Step.INTEGRATION_REQUEST,
    why="An undefined variable becomes an empty host or function name: 500, or a call to the wrong place.",
    fix="Define the variable on this stage, or remove the reference.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/stage-variables.html",
    failure_modes=("stage-var-missing",),
    judge=PerStage(_judge),
)
