"""SE005: public HTTP backends of a production stage must be able to tell the gateway from others."""

from contracts.evidence import Missing
from contracts.rule import PerStage, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined
from gateway.rest_api import Integration, IntegrationType, RestApi

_HTTP = {IntegrationType.HTTP, IntegrationType.HTTP_PROXY}


def _judge(run: RunEvidence) -> Finding:
    if run.stage_expectations is None or not run.stage_expectations.production:
        return not_applicable("the stage is not said to be one of production ([stages.NAME] production)")
    stage, api = run.stage, run.deployed_api
    if isinstance(stage, Missing):
        return undetermined(stage)
    if isinstance(api, Missing):
        return undetermined(api)
    public = _public_backends(api.value)
    if not public:
        return not_applicable("no backend is called over the public network")
    if stage.value.client_certificate_id is None:
        return broken(f"no client certificate is shown to {', '.join(public)}")
    return held(f"the client certificate {stage.value.client_certificate_id} is shown to the backends")


def _public_backends(api: RestApi) -> list[str]:
    """Return the URIs of HTTP integrations that do not go through a VPC link."""
    return sorted(
        {
            method.integration.uri
            for resource in api.resources
            for method in resource.methods
            if method.integration is not None and _is_public(method.integration) and method.integration.uri
        }
    )


def _is_public(integration: Integration) -> bool:
    return integration.integration_type in _HTTP and integration.connection_type != "VPC_LINK"


RULE = Rule(
    code="SE005",
    title="Public backends of a production stage can tell the gateway from others",
    severity=Severity.NOTE,
    step=Step.INTEGRATION_REQUEST,
    why="Whoever knows the backend's address calls it past keys, authorizers, validators and throttles.",
    fix="Generate a client certificate, set it on the stage and let the backend ask for it, or use a VPC link.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/getting-started-client-side-ssl-authentication.html",
    failure_modes=("sec-client-cert",),
    judge=PerStage(_judge),
)
