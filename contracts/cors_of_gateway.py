"""Whether the gateway's own errors carry the CORS header: by what was observed, else by the configuration."""

from __future__ import annotations

from contracts.attribution import answered_by_gateway
from contracts.evidence import Missing
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, broken, held, not_applicable, undetermined
from gateway.rest_api import GatewayResponse, GatewayResponseType

_HEADER = "Access-Control-Allow-Origin"


def judge_gateway_errors(run: RunEvidence, fallback: GatewayResponseType, statuses: range) -> Finding:
    """Judge the gateway's own answers of a class of statuses, observed ones first.

    Args:
        run: What was observed.
        fallback: ``DEFAULT_4XX`` or ``DEFAULT_5XX``, looked at where no such answer was observed.
        statuses: The statuses that belong to it.
    """
    if not run.expectations.cors.allowed_origins:
        return not_applicable("no origin is to be allowed ([cors] allowed_origins)")
    observed = [
        transaction
        for transaction in run.transactions
        if transaction.exchange.response is not None
        and transaction.exchange.response.status in statuses
        and answered_by_gateway(transaction.exchange)
    ]
    for transaction in observed:
        if transaction.exchange.response_header(_HEADER) is None:
            exchange = transaction.exchange
            status = exchange.response.status if exchange.response else 0
            kind = exchange.error_type
            return broken(f"{status} {kind} of {exchange.operation} lacks {_HEADER}", evidence=transaction)
    if observed:
        return held(f"all {len(observed)} observed answers carry {_HEADER}", evidence=observed[0])
    return _by_configuration(run, fallback)


def _by_configuration(run: RunEvidence, fallback: GatewayResponseType) -> Finding:
    api = run.deployed_api
    if isinstance(api, Missing):
        return undetermined(api)
    response = api.value.gateway_responses.get(fallback)
    if response is None or not _has_header(response):
        return broken(f"{fallback} sets no {_HEADER} (by the configuration; no such answer was observed)")
    return held(f"{fallback} sets {_HEADER} (by the configuration; no such answer was observed)")


def _has_header(response: GatewayResponse) -> bool:
    names = (name.removeprefix("gatewayresponse.header.").lower() for name in response.response_parameters)
    return _HEADER.lower() in names
