"""RT006: with a custom domain the default endpoint must not be open beside it."""

from contracts.evidence import Missing
from contracts.request_parts import custom_domain
from contracts.rule import PerStage, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined


def _judge(run: RunEvidence) -> Finding:
    reason = _reason(run)
    if reason is None:
        return not_applicable(
            "nothing asks for the default endpoint to be off: no custom domain was called (invoke_url)"
        )
    api = run.configuration.rest_api
    if isinstance(api, Missing):
        return undetermined(api)
    if api.value.disable_execute_api_endpoint:
        return held("the default endpoint is off")
    return broken(f"the default execute-api endpoint is on, though {reason} (by the configuration)")


def _reason(run: RunEvidence) -> str | None:
    """Return what asks for the default endpoint to be off."""
    domain = custom_domain(run.configuration)
    if domain is not None:
        return f"the API is called by {domain}"
    if run.contract.rest_api.disable_execute_api_endpoint:
        return "the contract has it off"
    names = run.configuration.domain_names
    mutual = [] if isinstance(names, Missing) else [name.domain_name for name in names.value if name.has_mutual_tls]
    return f"{mutual[0]} asks for mutual TLS" if mutual else None


RULE = Rule(
    code="RT006",
    title="The default endpoint is off where a custom domain is in use",
    severity=Severity.WARNING,
    step=Step.ROUTING,
    why="Mutual TLS, the CDN and its firewall guard the custom domain; the default endpoint leads around them.",
    fix="Set disableExecuteApiEndpoint to true and deploy.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-disable-default-endpoint.html",
    failure_modes=("route-default-endpoint-open",),
    judge=PerStage(_judge),
)
