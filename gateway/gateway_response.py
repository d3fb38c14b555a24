"""Gateway responses: the answers that API Gateway gives by itself, their defaults and their customization.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateway import choices
from gateway.messages import ClientResponse, Headers
from gateway.parameter_mapping import MappingSource, mapped, resolve
from gateway.refusal import Refused
from gateway.rest_api import GatewayResponse, GatewayResponseType, RestApi
from gateway.templates import render_gateway_response

_Type = GatewayResponseType
_SERVER_ERROR = 500
_TEMPLATE = '{"message":$context.error.messageString}'
_ACCESS_DENIED_TEMPLATE = '{"Message":$context.error.messageString}'
_INTERNAL = "InternalServerErrorException"


@dataclass(frozen=True, slots=True)
class _Default:
    """Status, ``x-amzn-ErrorType`` and message of a type where nothing else is known."""

    status: int
    error_type: str
    message: str | None


_DEFAULTS: Mapping[GatewayResponseType, _Default] = {
    _Type.ACCESS_DENIED: _Default(403, "AccessDeniedException", "User is not authorized to access this resource"),
    _Type.API_CONFIGURATION_ERROR: _Default(500, _INTERNAL, "Internal server error"),
    _Type.AUTHORIZER_CONFIGURATION_ERROR: _Default(500, "AuthorizerConfigurationException", None),
    _Type.AUTHORIZER_FAILURE: _Default(500, "AuthorizerFailureException", None),
    _Type.BAD_REQUEST_PARAMETERS: _Default(400, "BadRequestException", "Missing required request parameters"),
    _Type.BAD_REQUEST_BODY: _Default(400, "BadRequestException", "Invalid request body"),
    _Type.DEFAULT_4XX: _Default(400, "BadRequestException", "Bad Request"),
    _Type.DEFAULT_5XX: _Default(500, _INTERNAL, "Internal server error"),
    _Type.EXPIRED_TOKEN: _Default(
        403, "ExpiredTokenException", "The security token included in the request is expired"
    ),
    _Type.INTEGRATION_FAILURE: _Default(504, _INTERNAL, "Network error communicating with endpoint"),
    _Type.INTEGRATION_TIMEOUT: _Default(504, _INTERNAL, "Endpoint request timed out"),
    _Type.INVALID_API_KEY: _Default(403, "ForbiddenException", "Forbidden"),
    _Type.INVALID_SIGNATURE: _Default(
        403,
        "InvalidSignatureException",
        "The request signature we calculated does not match the signature you provided. "
        "Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
    ),
    _Type.MISSING_AUTHENTICATION_TOKEN: _Default(
        403, "MissingAuthenticationTokenException", "Missing Authentication Token"
    ),
    _Type.QUOTA_EXCEEDED: _Default(429, "LimitExceededException", "Limit Exceeded"),
    # recorded: https://github.com/koki-develop/lgtm-generator/issues/10
    _Type.REQUEST_TOO_LARGE: _Default(413, "BadRequestException", "Request Too Long"),
    _Type.RESOURCE_NOT_FOUND: _Default(404, "NotFoundException", "Not Found"),
    _Type.THROTTLED: _Default(429, "TooManyRequestsException", "Too Many Requests"),
    _Type.UNAUTHORIZED: _Default(401, "UnauthorizedException", "Unauthorized"),
    # recorded: https://github.com/aws/aws-sdk-java-v2/issues/3188
    _Type.UNSUPPORTED_MEDIA_TYPE: _Default(415, "BadRequestException", "Unsupported Media Type"),
    _Type.WAF_FILTERED: _Default(403, "ForbiddenException", "Forbidden"),
}


def default_gateway_response(response_type: GatewayResponseType) -> GatewayResponse:
    """Return what API Gateway answers where nothing is customized, as GetGatewayResponse shows it.

    The template is the documented one; ACCESS_DENIED is recorded to answer ``Message`` instead of ``message``.
    """
    status = None if response_type in {_Type.DEFAULT_4XX, _Type.DEFAULT_5XX} else _DEFAULTS[response_type].status
    return GatewayResponse(
        response_type=response_type,
        status_code=None if status is None else str(status),
        response_templates={"application/json": _TEMPLATE},
    )


def default_message(response_type: GatewayResponseType) -> str | None:
    """Return the message of a type where the gateway has nothing more particular to say; None prints as ``null``."""
    return _DEFAULTS[response_type].message


def default_status(response_type: GatewayResponseType) -> int:
    """Return the status of a type where nothing is customized."""
    return _DEFAULTS[response_type].status


def error_type(response_type: GatewayResponseType) -> str:
    """Return the value of the ``x-amzn-ErrorType`` header of a type."""
    return _DEFAULTS[response_type].error_type


def customized(api: RestApi, response_type: GatewayResponseType) -> GatewayResponse | None:
    """Return the API's own response of a type: the type's, else that of its class (DEFAULT_4XX, DEFAULT_5XX)."""
    if response_type is _Type.REQUEST_TOO_LARGE and not choices.REQUEST_TOO_LARGE_IS_CUSTOMIZED:
        return None
    own = api.gateway_responses.get(response_type)
    if own is not None:
        return own
    is_server_error = _DEFAULTS[response_type].status >= _SERVER_ERROR
    return api.gateway_responses.get(_Type.DEFAULT_5XX if is_server_error else _Type.DEFAULT_4XX)


def answer(api: RestApi, refused: Refused, source: MappingSource) -> ClientResponse:
    """Build the gateway's own answer.

    Args:
        api: The API, with its customized gateway responses.
        refused: Which type, and what the gateway has to say.
        source: What parameters and templates read; ``context`` holds ``error.*`` already.

    Returns:
        The answer, without the headers that every answer of the stage carries.
    """
    custom = customized(api, refused.response_type)
    status = refused.status or _DEFAULTS[refused.response_type].status
    template, content_type = _template(refused.response_type, custom)
    if custom is not None and custom.status_code:
        status = int(custom.status_code)
    body = render_gateway_response(
        template,
        context=source.context,
        stage_variables=source.stage_variables,
        parameter=lambda name: (resolve(name, source) or ("",))[-1],
    )
    error = refused.error_type or error_type(refused.response_type)
    headers = Headers([("Content-Type", content_type), ("x-amzn-ErrorType", error)])
    parameters = {} if custom is None else custom.response_parameters
    for name, values in mapped(parameters, "gatewayresponse.header.", source).items():
        headers = headers.set(name, values[-1])
    return ClientResponse(status=status, headers=headers, body=body.encode())


def _template(response_type: GatewayResponseType, custom: GatewayResponse | None) -> tuple[str, str]:
    if custom is not None and custom.response_templates:
        json_first = sorted(custom.response_templates.items(), key=lambda item: item[0] != "application/json")
        content_type, template = json_first[0]
        return template, content_type
    return (_ACCESS_DENIED_TEMPLATE if response_type is _Type.ACCESS_DENIED else _TEMPLATE), "application/json"
