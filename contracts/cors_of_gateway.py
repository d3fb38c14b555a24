"""Whether the gateway's own errors carry the CORS header: by what was observed, else by the configuration."""

from __future__ import annotations

from contracts.attribution import answered_by_gateway
from contracts.evidence import Evidence, Exchange, Missing, Transaction
from contracts.expectations import CorsExpectations
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, broken, held, not_applicable, undetermined
from gateway.gateway_response import default_status
from gateway.rest_api import GatewayResponse, GatewayResponseType, RestApi

_HEADER = "Access-Control-Allow-Origin"
_FIRST_SERVER_ERROR = 500


def judge_gateway_errors(run: RunEvidence, fallback: GatewayResponseType, statuses: range) -> Finding:
    """Judge the gateway's own answers of a class of statuses, observed ones first.

    Args:
        run: What was observed.
        fallback: ``DEFAULT_4XX`` or ``DEFAULT_5XX``, looked at where no such answer was observed.
        statuses: The statuses that belong to it.
    """
    if not run.expectations.cors.allowed_origins:
        return not_applicable("no origin is to be allowed ([cors] allowed_origins)")
    is_mapped = _maps_from_request(run.deployed_api)
    observed = [
        transaction
        for transaction in run.transactions
        if transaction.exchange.response is not None
        and transaction.exchange.response.status in statuses
        and answered_by_gateway(transaction.exchange)
        and (not is_mapped or "origin" in transaction.exchange.request.headers)
    ]
    for transaction in observed:
        fault = _fault(transaction.exchange, run.expectations.cors)
        if fault is not None:
            return broken(fault, evidence=transaction)
    return _by_configuration(run, fallback, observed)


def _maps_from_request(api: Evidence[RestApi]) -> bool:
    """Whether a gateway response maps the header from the request: then only one with an origin tells what it gives."""
    name = f"gatewayresponse.header.{_HEADER}".lower()
    return not isinstance(api, Missing) and any(
        source.startswith("method.request.") and target.lower() == name
        for response in api.value.gateway_responses.values()
        for target, source in response.response_parameters.items()
    )


def _fault(exchange: Exchange, cors: CorsExpectations) -> str | None:
    status = exchange.response.status if exchange.response else 0
    shown = f"{status} {exchange.error_type} of {exchange.operation}"
    told, origin = exchange.response_header(_HEADER), exchange.request.headers.get("origin")
    if told is None:
        return f"{shown} lacks {_HEADER}"
    if cors.is_allowed(origin) and told not in {origin, "*"}:
        return f"{shown} tells {origin} {told!r}"
    return None


def _by_configuration(run: RunEvidence, fallback: GatewayResponseType, observed: list[Transaction]) -> Finding:
    """Judge the types that were not observed: a type with a response of its own takes nothing from the fallback."""
    api = run.deployed_api
    if isinstance(api, Missing):
        return _all_observed(observed) if observed else undetermined(api)
    for kind, response in api.value.gateway_responses.items():
        if kind is not fallback and _falls_back_on(kind) is fallback and not _has_header(response):
            return broken(f"{kind} has a response of its own, and it sets no {_HEADER} (by the configuration)")
    if observed:
        return _all_observed(observed)
    default = api.value.gateway_responses.get(fallback)
    if default is None or not _has_header(default):
        return broken(f"{fallback} sets no {_HEADER} (by the configuration; no such answer was observed)")
    return held(f"{fallback} sets {_HEADER} (by the configuration; no such answer was observed)")


def _all_observed(observed: list[Transaction]) -> Finding:
    return held(f"all {len(observed)} observed answers carry {_HEADER}", evidence=observed[0])


def _falls_back_on(kind: GatewayResponseType) -> GatewayResponseType | None:
    if kind in {GatewayResponseType.DEFAULT_4XX, GatewayResponseType.DEFAULT_5XX}:
        return None
    return (
        GatewayResponseType.DEFAULT_4XX
        if default_status(kind) < _FIRST_SERVER_ERROR
        else GatewayResponseType.DEFAULT_5XX
    )


def _has_header(response: GatewayResponse) -> bool:
    names = (name.removeprefix("gatewayresponse.header.").lower() for name in response.response_parameters)
    return _HEADER.lower() in names
