"""RT006: with a custom domain the default endpoint must not be open beside it."""

from contracts.evidence import Missing
from contracts.request_parts import custom_domain
from contracts.rule import PerStage, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined


def _judge(run: RunEvidence) -> Finding:
    domain = custom_domain(run.configuration)
    is_asked = run.contract.rest_api.disable_execute_api_endpoint
    if domain is None and not is_asked:
        return not_applicable("no custom domain is used (invoke_url), and the contract leaves the default endpoint on")
    api = run.configuration.rest_api
    if isinstance(api, Missing):
        return undetermined(api)
    if api.value.disable_execute_api_endpoint:
        return held("the default endpoint is off")
    reason = f"the API is called by {domain}" if domain else "the contract has it off"
    return broken(f"the default execute-api endpoint is on, though {reason} (by the configuration)")


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
