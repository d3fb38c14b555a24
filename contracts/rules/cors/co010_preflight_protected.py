"""CO010: OPTIONS must ask for neither authorization nor an API key."""

from contracts.evidence import Missing
from contracts.rule import PerResource, Rule
from contracts.run_evidence import JudgedResource, RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined
from gateway.rest_api import AuthorizationType
from gateway.routing import serving


def _judge(resource: JudgedResource, run: RunEvidence) -> Finding:
    if not run.expectations.cors.allowed_origins:
        return not_applicable("no origin is to be allowed ([cors] allowed_origins)")
    api = run.deployed_api
    if isinstance(api, Missing):
        return undetermined(api)
    served = serving(api.value, "OPTIONS", resource.path)
    if served is None:
        return not_applicable("no OPTIONS method is deployed")
    options = served.method
    guards = ["an API key"] if options.api_key_required else []
    if options.authorization_type is not AuthorizationType.NONE:
        guards.append(f"{options.authorization_type} authorization")
    if guards:
        refused = next((item for item in resource.preflights if item.exchange.error_type), None)
        name = f"{options.http_method} {served.resource.path}" if options.http_method == "ANY" else "OPTIONS"
        return broken(f"{name} asks for {' and '.join(guards)}; browsers send neither", evidence=refused)
    return held("OPTIONS asks for no credentials")


RULE = Rule(
    code="CO010",
    title="OPTIONS asks for neither authorization nor an API key",
    severity=Severity.ERROR,
    step=Step.METHOD_REQUEST,
    why="Browsers send preflights without credentials: they are refused with 401 or 403, and so is the application.",
    fix="Set authorizationType NONE and apiKeyRequired false on OPTIONS; beside a guarded ANY add an OPTIONS method.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-cors.html",
    failure_modes=("cors-options-auth",),
    judge=PerResource(_judge),
)
