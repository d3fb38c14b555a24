"""Who answered a request, and whether it reached the backend: read off the evidence, never guessed."""

from __future__ import annotations

from enum import StrEnum

from contracts.bodies import parse_json
from contracts.evidence import Exchange, Missing, Present, Transaction
from gateway.execution import Execution
from gateway.execution_log_lines import DENIED, UNAUTHORIZED
from gateway.rest_api import GatewayResponseType


class AnsweredBy(StrEnum):
    """Who gave the answer that the client saw."""

    VALIDATOR = "validator"
    API_KEY = "API key"
    AUTHORIZER = "authorizer"
    WAF = "WAF"
    THROTTLE = "throttle"
    ROUTING = "routing"
    EDGE = "edge"
    MAPPING = "mapping"
    INTEGRATION = "integration"
    BACKEND = "backend"
    NOBODY = "nobody"


_BY_GATEWAY_RESPONSE = {
    GatewayResponseType.ACCESS_DENIED: AnsweredBy.AUTHORIZER,
    GatewayResponseType.API_CONFIGURATION_ERROR: AnsweredBy.MAPPING,
    GatewayResponseType.AUTHORIZER_CONFIGURATION_ERROR: AnsweredBy.AUTHORIZER,
    GatewayResponseType.AUTHORIZER_FAILURE: AnsweredBy.AUTHORIZER,
    GatewayResponseType.BAD_REQUEST_BODY: AnsweredBy.VALIDATOR,
    GatewayResponseType.BAD_REQUEST_PARAMETERS: AnsweredBy.VALIDATOR,
    GatewayResponseType.EXPIRED_TOKEN: AnsweredBy.AUTHORIZER,
    GatewayResponseType.INTEGRATION_FAILURE: AnsweredBy.INTEGRATION,
    GatewayResponseType.INTEGRATION_TIMEOUT: AnsweredBy.INTEGRATION,
    GatewayResponseType.INVALID_API_KEY: AnsweredBy.API_KEY,
    GatewayResponseType.INVALID_SIGNATURE: AnsweredBy.AUTHORIZER,
    GatewayResponseType.MISSING_AUTHENTICATION_TOKEN: AnsweredBy.ROUTING,
    GatewayResponseType.QUOTA_EXCEEDED: AnsweredBy.THROTTLE,
    GatewayResponseType.REQUEST_TOO_LARGE: AnsweredBy.VALIDATOR,
    GatewayResponseType.RESOURCE_NOT_FOUND: AnsweredBy.ROUTING,
    GatewayResponseType.THROTTLED: AnsweredBy.THROTTLE,
    GatewayResponseType.UNAUTHORIZED: AnsweredBy.AUTHORIZER,
    GatewayResponseType.UNSUPPORTED_MEDIA_TYPE: AnsweredBy.MAPPING,
    GatewayResponseType.WAF_FILTERED: AnsweredBy.WAF,
}

_BY_ERROR_TYPE = {
    "BadRequestException": AnsweredBy.VALIDATOR,
    "ForbiddenException": AnsweredBy.API_KEY,
    "UnauthorizedException": AnsweredBy.AUTHORIZER,
    "AccessDeniedException": AnsweredBy.AUTHORIZER,
    "AuthorizerConfigurationException": AnsweredBy.AUTHORIZER,
    "MissingAuthenticationTokenException": AnsweredBy.ROUTING,
    "InvalidSignatureException": AnsweredBy.AUTHORIZER,
    "TooManyRequestsException": AnsweredBy.THROTTLE,
    "LimitExceededException": AnsweredBy.THROTTLE,
    "UnsupportedMediaTypeException": AnsweredBy.MAPPING,
    "RequestTooLargeException": AnsweredBy.VALIDATOR,
    "InternalServerErrorException": AnsweredBy.INTEGRATION,
    "InternalServerException": AnsweredBy.INTEGRATION,
}


_UNSUPPORTED_MEDIA_TYPE = 415
_INCOMPLETE_SIGNATURE = "IncompleteSignatureException"
_OF_HTTP_APIS = {
    (400, "Bad Request"): AnsweredBy.VALIDATOR,
    (401, "Unauthorized"): AnsweredBy.AUTHORIZER,
    (403, "Forbidden"): AnsweredBy.AUTHORIZER,
    (404, "Not Found"): AnsweredBy.ROUTING,
    (413, "Request Entity Too Large"): AnsweredBy.VALIDATOR,
    (429, "Too Many Requests"): AnsweredBy.THROTTLE,
    (500, "Internal Server Error"): AnsweredBy.INTEGRATION,
    (503, "Service Unavailable"): AnsweredBy.INTEGRATION,
    (504, "Gateway Timeout"): AnsweredBy.INTEGRATION,
}
"""The answers that an HTTP API gives by itself. They cannot be changed, and no header marks them."""


def answered_by_gateway(exchange: Exchange) -> bool:
    """Return whether API Gateway made this answer itself.

    Those of a REST API carry ``x-amzn-ErrorType``; those of an HTTP API are known by their fixed words.
    """
    return exchange.error_type is not None or _own_answer_of_http_api(exchange) is not None


def _own_answer_of_http_api(exchange: Exchange) -> AnsweredBy | None:
    response = exchange.response
    if response is None or not exchange.is_of_http_api:
        return None
    body = parse_json(response.body.decode("utf-8", "replace"))
    if not isinstance(body, dict) or set(body) != {"message"}:
        return None
    return _OF_HTTP_APIS.get((response.status, str(body["message"])))


def answered_by_edge(transaction: Transaction) -> bool:
    """Return whether a server before the gateway refused the request: no id of the gateway, and no execution.

    Malformed requests (a bad path, too long headers) are answered 4xx by AWS's front ends; no gateway response,
    log or metric knows of them.
    """
    return lacks_the_gateways_ids(transaction.exchange) and isinstance(transaction.execution, Missing)


def lacks_the_gateways_ids(exchange: Exchange) -> bool:
    """Return whether a request was refused by an answer that tells no id of the gateway."""
    if exchange.request_id is not None or exchange.extended_request_id is not None or exchange.error_type is not None:
        return False
    return is_refusal(exchange)


def gateway_response_type(transaction: Transaction) -> GatewayResponseType | None:
    """Return the gateway response type as the access log tells it, None where no evidence names it."""
    entry = transaction.access_entry
    if isinstance(entry, Missing):
        return None
    value = entry.value.values.get("error.responseType")
    return GatewayResponseType.__members__.get(value or "")


def answered_by(transaction: Transaction) -> AnsweredBy:
    """Return who answered, by the access log's response type first, then by what marks the gateway's own answers."""
    exchange = transaction.exchange
    if exchange.response is None:
        return AnsweredBy.NOBODY
    response_type = gateway_response_type(transaction)
    who: AnsweredBy | None = None
    error_type = None if exchange.error_type is None else exchange.error_type.split(":", 1)[0]
    if error_type == _INCOMPLETE_SIGNATURE:
        who = _of_a_signature(transaction)
    elif response_type is not None:
        who = _BY_GATEWAY_RESPONSE.get(response_type, AnsweredBy.INTEGRATION)
    elif error_type is not None and exchange.response.status == _UNSUPPORTED_MEDIA_TYPE:
        who = AnsweredBy.MAPPING
    elif error_type is not None:
        who = _BY_ERROR_TYPE.get(error_type, AnsweredBy.INTEGRATION)
    else:
        who = _own_answer_of_http_api(exchange)
    if who is AnsweredBy.VALIDATOR and _validation_was_passed(transaction):
        return AnsweredBy.MAPPING
    if who is not None:
        return who
    if answered_by_edge(transaction):
        return AnsweredBy.EDGE
    return AnsweredBy.INTEGRATION if _no_endpoint_was_called(transaction) else AnsweredBy.BACKEND


def _of_a_signature(transaction: Transaction) -> AnsweredBy:
    """Return who refused an ``Authorization`` header as no whole signature: no method, or one of ``AWS_IAM``.

    A path or method that nothing serves is answered so where the request has such a header, in place of
    ``Missing Authentication Token``.

    See: https://github.com/DataBiosphere/azul/issues/7470
    """
    entry = transaction.access_entry
    resource_path = None if isinstance(entry, Missing) else entry.value.values.get("resourcePath")
    return AnsweredBy.AUTHORIZER if resource_path else AnsweredBy.ROUTING


def _no_endpoint_was_called(transaction: Transaction) -> bool:
    """Whether a whole log shows an answer without a call of the endpoint: that of a MOCK, or of the cache."""
    execution = transaction.execution
    if isinstance(execution, Missing) or endpoint_was_called(execution.value):
        return False
    return _ended_before_the_endpoint(execution.value)


def _validation_was_passed(transaction: Transaction) -> bool:
    """Whether the log shows the endpoint's request: a 400 after it is about what the mapping made."""
    execution = transaction.execution
    return isinstance(execution, Present) and execution.value.endpoint_uri is not None


def reached_backend(transaction: Transaction) -> bool | None:
    """Return whether the endpoint was called; None where nothing that was read can tell.

    The execution log tells it where it is whole; the access log by ``$context.integrationStatus``; the answer itself
    when the gateway refused before the backend.
    """
    execution = transaction.execution
    if isinstance(execution, Present):
        if endpoint_was_called(execution.value):
            return True
        if _ended_before_the_endpoint(execution.value):
            return False
    entry = transaction.access_entry
    if isinstance(entry, Present) and entry.value.values.get("integrationStatus"):
        return True
    who = answered_by(transaction)
    if who in {AnsweredBy.BACKEND, AnsweredBy.INTEGRATION, AnsweredBy.MAPPING, AnsweredBy.NOBODY}:
        return None
    return False


def endpoint_was_called(execution: Execution) -> bool:
    """Return whether the execution log shows a call of the endpoint.

    A latency of 0 without the line that a request is sent is that of an answer out of the stage's cache
    (``gateway.choices.CACHE_HIT_IS_LOGGED_WITH_LATENCY_0``).
    """
    return (
        execution.endpoint_called
        or (execution.integration_latency_ms or 0) > 0
        or execution.endpoint_request_id is not None
        or (execution.lambda_error or "").startswith("execution failed")
    )


def _ended_before_the_endpoint(execution: Execution) -> bool:
    """Whether a log without a call of the endpoint proves that there was none.

    It does where the whole request was logged at INFO, or where a line tells of a refusal before the integration.
    The lines of level ERROR, and those of a log that is not delivered as a whole, prove nothing. Nor does a log without
    data trace: which lines of the endpoint AWS writes then is not confirmed.
    """
    refused_key = execution.api_key_line is not None and " not authorized " in execution.api_key_line
    if execution.validation_errors or execution.throttle_line is not None or refused_key:
        return True
    if execution.failure in {UNAUTHORIZED, DENIED}:
        return True
    return execution.has_data_trace and execution.started and (execution.completed or execution.status is not None)


def ended_too_early(transaction: Transaction) -> bool:
    """Return whether a throttle or a web ACL answered: such an answer says nothing of what the request was made for."""
    return answered_by(transaction) in {AnsweredBy.THROTTLE, AnsweredBy.WAF}


def was_provoked(exchange: Exchange) -> bool:
    """Return whether a probe asked for just this failure: the model predicted its status before it came."""
    predicted, response = exchange.prediction, exchange.response
    return predicted is not None and response is not None and response.status in predicted.statuses


def is_accepted(exchange: Exchange) -> bool:
    """Return whether the client was told that all went well (below 400), whoever answered."""
    return exchange.response is not None and exchange.response.status < 400  # noqa: PLR2004 - HTTP's classes


def is_refusal(exchange: Exchange) -> bool:
    """Return whether the client was refused (4xx)."""
    return exchange.response is not None and 400 <= exchange.response.status < 500  # noqa: PLR2004 - HTTP's classes
