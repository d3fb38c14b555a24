"""MS005: a header of a method response must be mapped by an integration response."""

from contracts.evidence import Missing
from contracts.rule import PerOperation, Rule
from contracts.run_evidence import JudgedOperation, RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined
from gateway.rest_api import IntegrationType, Method


def _judge(operation: JudgedOperation, _run: RunEvidence) -> Finding:
    if isinstance(operation.deployed, Missing):
        return undetermined(operation.deployed)
    method = operation.deployed.value
    if method is None or method.integration is None or method.integration.integration_type is IntegrationType.AWS_PROXY:
        return not_applicable("a Lambda proxy integration maps no headers")
    if method.integration.integration_type is IntegrationType.HTTP_PROXY:
        return not_applicable("an HTTP proxy integration passes headers on")
    unmapped = _unmapped(method)
    if unmapped:
        return broken(f"the method response declares {unmapped[0]}, but no integration response maps it")
    return held("every declared header is mapped")


def _unmapped(method: Method) -> list[str]:
    responses = method.integration.integration_responses if method.integration else ()
    mapped = {
        (response.status_code, target.lower()) for response in responses for target in response.response_parameters
    }
    used = {response.status_code for response in responses}
    return [
        f"{target.removeprefix('method.response.header.')} for {response.status_code}"
        for response in method.method_responses
        if response.status_code in used
        for target in response.response_parameters
        if (response.status_code, target.lower()) not in mapped and not _set_otherwise(target, method)
    ]


def _set_otherwise(target: str, method: Method) -> bool:
    """Whether the gateway sets the header anyway (Content-Type), or a template does by ``responseOverride``."""
    name = target.removeprefix("method.response.header.").lower()
    integration = method.integration
    if name == "content-type" or integration is None:
        return True
    templates = [text for one in integration.integration_responses for text in one.response_templates.values()]
    texts = [text.lower() for text in (*templates, *integration.request_templates.values())]
    return any("responseoverride.header" in text and name in text for text in texts)


RULE = Rule(
    code="MS005",
    title="Every header of a method response is mapped",
    severity=Severity.ERROR,
    step=Step.INTEGRATION_RESPONSE,
    why="A declared header without a mapping is never sent, CORS headers among them.",
    fix="Map the header in the integration response of that status, then redeploy.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-cors.html",
    failure_modes=("cors-nonproxy-param-not-mapped",),
    judge=PerOperation(_judge),
)
