"""CO013: an HTTP API's CORS configuration must allow what it shall: the backend's own headers are ignored."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.attribution import answered_by_edge, answered_by_gateway
from contracts.evidence import Missing, Origin, Transaction
from contracts.rule import HTTP_ONLY, PerStage, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined
from gateway.http_api import CorsConfiguration

_FIRST_NOT_OK = 300


def _judge(run: RunEvidence) -> Finding:
    cors, api = run.expectations.cors, run.http_api
    if not cors.allowed_origins:
        return not_applicable("no origin is to be allowed ([cors] allowed_origins)")
    if isinstance(api, Missing):
        return undetermined(api)
    configured = api.value.cors_configuration
    if configured is None:
        return not_applicable("the API has no CORS configuration: the backend's own headers arrive")
    observed = list(_observed(run))
    for transaction in observed:
        fault = _fault(transaction, needs_credentials=cors.allow_credentials)
        if fault is not None:
            return broken(f"{fault}; {_ignored(configured)}", evidence=transaction)
    if observed:
        return held(f"all {len(observed)} answers tell the origin that it is allowed", evidence=observed[0])
    return _by_configuration(run, configured)


def _observed(run: RunEvidence) -> Iterator[Transaction]:
    """Yield what an integration or the CORS configuration itself answered to an allowed origin."""
    for transaction in run.transactions:
        exchange = transaction.exchange
        is_allowed = exchange.request.headers.get("origin") in run.expectations.cors.allowed_origins
        if exchange.response is None or not is_allowed or answered_by_gateway(exchange):
            continue
        is_refused_preflight = exchange.origin is Origin.PREFLIGHT and exchange.response.status >= _FIRST_NOT_OK
        if not is_refused_preflight and not answered_by_edge(transaction):
            yield transaction


def _fault(transaction: Transaction, *, needs_credentials: bool) -> str | None:
    exchange = transaction.exchange
    origin = exchange.request.headers.get("origin")
    told = exchange.response_header("access-control-allow-origin")
    if told not in {origin, "*"}:
        return f"{exchange.operation} tells {origin} {told!r}"
    if needs_credentials and exchange.response_header("access-control-allow-credentials") != "true":
        return f"{exchange.operation} does not tell {origin} that credentials are allowed"
    return None


def _ignored(configured: CorsConfiguration) -> str:
    origins = ", ".join(configured.allow_origins) or "no origin"
    return f"the API's CORS configuration allows {origins}, and the backend's own CORS headers are ignored"


def _by_configuration(run: RunEvidence, configured: CorsConfiguration) -> Finding:
    cors = run.expectations.cors
    lacking = [origin for origin in cors.allowed_origins if not configured.allows_origin(origin)]
    if lacking:
        return broken(f"{lacking[0]} is not allowed; {_ignored(configured)} (by the configuration)")
    if cors.allow_credentials and not configured.allow_credentials:
        return broken(f"credentials are not allowed; {_ignored(configured)} (by the configuration)")
    return held("every origin that is to be allowed is allowed (by the configuration)")


RULE = Rule(
    code="CO013",
    title="An HTTP API's CORS configuration allows what the backend allows",
    severity=Severity.ERROR,
    step=Step.INTEGRATION_RESPONSE,
    why="Where CORS is configured, API Gateway drops the backend's own headers: what the code allows, browsers block.",
    fix="List origins and allowCredentials in the API's CORS configuration, or remove it and answer in the backend.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html",
    failure_modes=("cors-httpapi-override",),
    explained_by=("CO014",),
    judge=PerStage(_judge),
    api_kinds=HTTP_ONLY,
)
