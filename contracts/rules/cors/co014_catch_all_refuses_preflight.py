"""CO014: a route that catches every method must not ask preflights for credentials."""

from __future__ import annotations

from contracts.evidence import Evidence, Missing, Origin, Transaction
from contracts.request_parts import path_below_stage
from contracts.rule import HTTP_ONLY, PerStage, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined
from gateway.http_api import ANY, DEFAULT_ROUTE_KEY, HttpApi, Route
from gateway.http_routing import match_route

_REFUSED = {401, 403}
_ANY_PATH = "/stageproof-any-path"


def _judge(run: RunEvidence) -> Finding:
    origins = run.expectations.cors.allowed_origins
    if not origins:
        return not_applicable("no origin is to be allowed ([cors] allowed_origins)")
    asked = [
        item
        for item in run.transactions
        if item.exchange.origin is Origin.PREFLIGHT
        and item.exchange.response is not None
        and item.exchange.request.headers.get("origin") in origins
    ]
    refused = [item for item in asked if item.exchange.response and item.exchange.response.status in _REFUSED]
    if refused:
        return _refused(run, refused)
    if asked:
        return held(f"all {len(asked)} preflights were answered without credentials", evidence=asked[0])
    return _by_configuration(run.http_api)


def _refused(run: RunEvidence, refused: list[Transaction]) -> Finding:
    """Name the route that refused a preflight; one with a path and method of its own is CO002's business."""
    api = run.http_api
    if isinstance(api, Missing):
        return undetermined(api, evidence=refused[0])
    for transaction in refused:
        route = _route_of(transaction, run, api.value)
        if route is not None and route.is_protected and route.http_method == ANY:
            status = transaction.exchange.response.status if transaction.exchange.response else 0
            message = f"a preflight was answered {status}: {_guarded(route)} catches OPTIONS too"
            return broken(message, evidence=transaction)
    return not_applicable("no route that catches every method refused a preflight")


def _route_of(transaction: Transaction, run: RunEvidence, api: HttpApi) -> Route | None:
    path = path_below_stage(transaction.exchange, run.configuration)
    matched = None if path is None else match_route(api, "OPTIONS", path)
    return None if matched is None else matched.route


def _by_configuration(api: Evidence[HttpApi]) -> Finding:
    if isinstance(api, Missing):
        return undetermined(api)
    default = api.value.route(DEFAULT_ROUTE_KEY)
    if default is None or not default.is_protected:
        return not_applicable("no $default route asks for credentials, and no preflight was sent")
    matched = match_route(api.value, "OPTIONS", _ANY_PATH)
    if matched is not None and not matched.route.is_protected:
        return held(f"{matched.route.route_key} takes preflights from $default (by the configuration)")
    return broken(f"{_guarded(default)} catches OPTIONS too (by the configuration; no preflight was sent)")


def _guarded(route: Route) -> str:
    return f"the route {route.route_key}, which asks for {route.authorization_type} authorization,"


RULE = Rule(
    code="CO014",
    title="A route that catches every method asks preflights for no credentials",
    severity=Severity.ERROR,
    step=Step.METHOD_REQUEST,
    why="Browsers send preflights without credentials: $default with an authorizer answers them 401, CORS set or not.",
    fix="Add a route OPTIONS /{proxy+} without authorization, which comes before $default.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html",
    failure_modes=("cors-httpapi-default-auth",),
    judge=PerStage(_judge),
    api_kinds=HTTP_ONLY,
)
