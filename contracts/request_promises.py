"""What the contract's method request promises to refuse, held against one request that was sent."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

from contracts.bodies import media_type
from contracts.evidence import Exchange
from gateway.models import validate
from gateway.rest_api import Method, RestApi

REDACTED = b"redacted:"
"""How a value begins that was replaced before it was written: such a value cannot be judged."""


def body_faults(exchange: Exchange, api: RestApi) -> tuple[str, ...]:
    """Return why the model of the method refuses the body; empty when it accepts it or nothing is promised."""
    method = _validating_method(exchange, api)
    if method is None:
        return ()
    return _faults(exchange, method, api)


def body_is_promised_valid(exchange: Exchange, api: RestApi) -> bool:
    """Return whether the method promises to validate this body and its model accepts it."""
    method = _validating_method(exchange, api)
    return method is not None and REDACTED not in exchange.request.body and not _faults(exchange, method, api)


def missing_required_parameters(exchange: Exchange, api: RestApi) -> tuple[str, ...]:
    """Return the required query parameters and headers that a request lacks, where the method promises a check."""
    method = api.method(exchange.resource_path or "", exchange.http_method)
    validator = api.request_validators.get((method.request_validator_name if method else None) or "")
    if method is None or validator is None or not validator.validate_request_parameters:
        return ()
    query = {name for name, _ in parse_qsl(urlsplit(exchange.request.url).query, keep_blank_values=True)}
    return tuple(
        f"{place} parameter {name}" if place == "querystring" else f"header {name}"
        for place, name, required in _parameters(method)
        if required
        and (
            (place == "querystring" and name not in query)
            or (place == "header" and name not in exchange.request.headers)
        )
    )


def _validating_method(exchange: Exchange, api: RestApi) -> Method | None:
    method = api.method(exchange.resource_path or "", exchange.http_method)
    validator = api.request_validators.get((method.request_validator_name if method else None) or "")
    if method is None or validator is None or not validator.validate_request_body:
        return None
    media = media_type(exchange.request.headers) or "application/json"
    return method if any(media == name.lower() for name in method.request_models) else None


def _faults(exchange: Exchange, method: Method, api: RestApi) -> tuple[str, ...]:
    media = media_type(exchange.request.headers) or "application/json"
    model_name = next(model for name, model in method.request_models.items() if name.lower() == media)
    faults = validate(api.models, model_name, exchange.request.body.decode("utf-8", "replace"))
    return tuple(fault for fault in faults if REDACTED.decode() not in fault)


def _parameters(method: Method) -> list[tuple[str, str, bool]]:
    split = [
        (key.split(".", 3)[2], key.split(".", 3)[3], required) for key, required in method.request_parameters.items()
    ]
    return [part for part in split if part[0] in {"querystring", "header"}]
