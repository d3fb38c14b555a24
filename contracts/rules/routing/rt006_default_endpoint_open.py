"""RT006: with a custom domain the default endpoint must not be open beside it."""

from contracts.evidence import NOT_COLLECTED, Missing, Transaction
from contracts.request_parts import custom_domain, is_execute_api
from contracts.rule import PerStage, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined

_FORBIDDEN = 403


def _judge(run: RunEvidence) -> Finding:
    reason = _reason(run)
    if reason is None:
        return not_applicable("nothing asks for the default endpoint to be off: no custom domain adds a protection")
    api = run.configuration.rest_api
    if isinstance(api, Missing):
        return undetermined(api) if isinstance(reason, Missing) else _unread(run, reason, api)
    if not api.value.disable_execute_api_endpoint:
        if isinstance(reason, Missing):
            return undetermined(reason)
        return broken(f"the default execute-api endpoint is on, though {reason} (by the configuration)")
    served = _served(run)
    if served is not None:
        return broken(
            "the default execute-api endpoint is off in the API's settings and still answers", evidence=served
        )
    return held("the default endpoint is off")


def _unread(run: RunEvidence, reason: str, api: Missing) -> Finding:
    served = _served(run)
    if served is None:
        return undetermined(api)
    return broken(f"the default execute-api endpoint answers, though {reason}", evidence=served)


def _served(run: RunEvidence) -> Transaction | None:
    """Return a request that the default endpoint answered; where it is off it says 403 and nothing else."""
    return next(
        (
            item
            for item in run.transactions
            if is_execute_api(item.exchange.request.url)
            and item.exchange.response is not None
            and item.exchange.extended_request_id is not None
            and item.exchange.response.status != _FORBIDDEN
        ),
        None,
    )


def _reason(run: RunEvidence) -> str | Missing | None:
    """Return what asks for the default endpoint to be off; Missing where that was not read."""
    if run.contract.rest_api.disable_execute_api_endpoint:
        return "the contract has it off"
    names, called = run.configuration.domain_names, custom_domain(run.configuration)
    if isinstance(names, Missing):
        return names if called is not None or names != NOT_COLLECTED else None
    mutual = next((name.domain_name for name in names.value if name.has_mutual_tls), None)
    if mutual is not None:
        return f"{mutual} asks for mutual TLS"
    if called is None or any(name.domain_name == called for name in names.value):
        return None  # a domain name of API Gateway's own without mutual TLS guards nothing
    return f"the API is called by {called}, which stands before it"


RULE = Rule(
    code="RT006",
    title="The default endpoint is off where something guards another way in",
    severity=Severity.WARNING,
    step=Step.ROUTING,
    why="Mutual TLS, the CDN and its firewall guard the custom domain; the default endpoint leads around them.",
    fix="Set disableExecuteApiEndpoint to true, and deploy the API to a stage: only then it takes effect.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-disable-default-endpoint.html",
    failure_modes=("route-default-endpoint-open",),
    judge=PerStage(_judge),
)
