"""Step 3, the integration response: which answer of the endpoint becomes which answer of the method.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-integration-settings-integration-response.html
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping

from gateway import choices
from gateway.media_types import accepted, convert, is_binary, media_type, response_is_binary, wants_binary
from gateway.messages import ClientResponse, EndpointFailure, EndpointResponse, Headers
from gateway.method_request import MethodRequest
from gateway.parameter_mapping import MappingSource, ResponseSource, mapped
from gateway.proxy_response import malformed
from gateway.refusal import Refused, configuration_error
from gateway.rest_api import GatewayResponseType, Integration, IntegrationResponse, IntegrationType, Method
from gateway.templates import render_response, response_overrides
from gateway.vtl import Overrides
from gateway.vtl.errors import JavaError
from gateway.vtl.java_regex import matches

_HEADER = "method.response.header."
_FAILURES: Mapping[EndpointFailure, tuple[GatewayResponseType, str, str]] = {
    EndpointFailure.TIMEOUT: (
        GatewayResponseType.INTEGRATION_TIMEOUT,
        "Endpoint request timed out",
        "a timeout error",
    ),
    EndpointFailure.NETWORK_ERROR: (
        GatewayResponseType.INTEGRATION_FAILURE,
        "Network error communicating with endpoint",
        "a network error communicating with endpoint",
    ),
    EndpointFailure.INVALID_ENDPOINT: (
        GatewayResponseType.API_CONFIGURATION_ERROR,
        "Internal server error",
        "configuration error: Invalid endpoint address",
    ),
    EndpointFailure.PERMISSION_DENIED: (
        GatewayResponseType.API_CONFIGURATION_ERROR,
        "Internal server error",
        "configuration error: Invalid permissions on Lambda function",
    ),
    EndpointFailure.THROTTLED: (
        GatewayResponseType.API_CONFIGURATION_ERROR,
        "Internal server error",
        "configuration error: Rate Exceeded.",
    ),
    EndpointFailure.TLS_ERROR: (
        GatewayResponseType.API_CONFIGURATION_ERROR,
        "Internal server error",
        "configuration error",
    ),
}
_WITH_MESSAGE = {EndpointFailure.NETWORK_ERROR, EndpointFailure.TLS_ERROR}


def check_reached(response: EndpointResponse) -> None:
    """Refuse a request whose endpoint gave no answer.

    Raises:
        Refused: 504 for a timeout or a network error, 500 for a permission, a throttle, an address or TLS.
    """
    if response.failure is None:
        return
    response_type, message, logged = _FAILURES[response.failure]
    if response.failure in _WITH_MESSAGE and response.failure_message:
        logged = f"{logged}: {response.failure_message}"
    throttled = response.failure is EndpointFailure.THROTTLED
    raise Refused(
        response_type,
        message,
        failure=logged,
        lambda_error="invocation failed with status: 429" if throttled else None,
    )


def check_size(response: EndpointResponse) -> None:
    """Refuse an answer that is larger than API Gateway passes on.

    Raises:
        Refused: 500.
    """
    if len(response.body) > choices.RESPONSE_LIMIT_BYTES:
        raise configuration_error(
            f"Integration response of reported length {len(response.body)} is larger than allowed maximum of "
            f"{choices.RESPONSE_LIMIT_BYTES} bytes."
        )


def error_message(response: EndpointResponse) -> str | None:
    """Return the ``errorMessage`` of a Lambda function that failed, or None where it did not fail."""
    if response.function_error is None:
        return None
    try:
        document = json.loads(response.body)
    except ValueError:
        return ""
    found = document.get("errorMessage") if isinstance(document, dict) else None
    return "" if found is None else str(found)


def check_function(response: EndpointResponse) -> None:
    """Refuse the answer of a proxy function that raised or ran out of time.

    Raises:
        Refused: 502, the function's message only in the log.
    """
    message = error_message(response)
    if message is not None:
        refused = malformed()
        refused.failure = None
        # recorded: https://github.com/DataBiosphere/azul/issues/8192
        refused.integration_error = f"Lambda Customer Function Error:{message}"
        refused.lambda_error = (
            f"execution failed with status {response.status} due to customer function error: {message}"
        )
        raise refused


def select(integration: Integration, response: EndpointResponse) -> IntegrationResponse:
    """Choose the integration response for an endpoint's answer.

    A pattern must match the whole text (``.`` excludes line breaks): the ``errorMessage`` of a failed Lambda function,
    else the status. Where several match, AWS promises nothing; the model takes the first.

    Args:
        integration: The integration, with its responses.
        response: The endpoint's answer.

    Returns:
        The first whose pattern matches, else the one without a pattern.

    Raises:
        Refused: 500 where none matches and there is no default.
    """
    is_function = integration.integration_type is IntegrationType.AWS and integration.lambda_arn is not None
    text = error_message(response) if is_function else str(response.status)
    if text is None and not choices.LAMBDA_SUCCESS_MATCHES_DEFAULT_ONLY:
        text = ""
    default = None
    for candidate in integration.integration_responses:
        if not candidate.selection_pattern:
            default = default or candidate
        elif text is not None and full_match(candidate.selection_pattern, text):
            return candidate
    if default is None:
        raise configuration_error(
            "No match for output mapping and no default output mapping configured. "
            f"Endpoint Response Status Code: {response.status}"
        )
    return default


def transform(  # noqa: PLR0913 - the whole of the third step meets here
    method: Method,
    chosen: IntegrationResponse,
    response: EndpointResponse,
    request: MethodRequest,
    *,
    binary_media_types: Collection[str],
    context: Mapping[str, str],
    stage_variables: Mapping[str, str],
    overrides: Overrides,
) -> ClientResponse:
    """Build the method's answer from the endpoint's: status, mapped headers, transformed body.

    Args:
        method: The method, with its declared responses.
        chosen: The selected integration response.
        response: The endpoint's answer.
        request: The method request; ``Accept`` chooses the template, and templates read its parameters.
        binary_media_types: The API's binary media types.
        context: ``$context`` under flat names.
        stage_variables: The stage's variables.
        overrides: What the request template set; the response template adds to it.

    Returns:
        The answer without the gateway's own headers.

    Raises:
        Refused: 500 for a status that the method does not declare, or a template or conversion that fails.
    """
    declared = next((known for known in method.method_responses if known.status_code == chosen.status_code), None)
    if declared is None:
        raise configuration_error(f"Output mapping refers to an invalid method response: {chosen.status_code}")
    from_binary = is_binary(media_type(response.headers.get("Content-Type")), binary_media_types)
    to_binary = wants_binary(chosen.content_handling, otherwise=response_is_binary(request.headers, binary_media_types))
    source = MappingSource(
        request=request.source(method),
        response=ResponseSource(headers=response.headers, body=response.body.decode("utf-8", "replace")),
        context=context,
        stage_variables=stage_variables,
    )
    template = template_of(chosen, request.headers)
    if template is not None and from_binary and chosen.content_handling is None and to_binary:
        raise configuration_error("Unable to transform response")
    body = _body(template, response, from_binary=from_binary, to_binary=to_binary)
    if template is not None:
        template_input = request.template_input(method, context=context, stage_variables=stage_variables)
        body = render_response(template[1], body.decode("utf-8", "replace"), template_input, overrides).encode(
            "utf-8", "replace"
        )
    content_type = choices.DEFAULT_BODY_CONTENT_TYPE if template is None else template[0]
    return _answer(chosen, declared.response_parameters, source, body, content_type, overrides)


def template_of(chosen: IntegrationResponse, request_headers: Headers) -> tuple[str, str] | None:
    """Return content type and text of the response template, None where the body passes unmapped.

    That of the first media type of ``Accept``, else that of ``application/json``, else the first of all. An empty one
    is chosen as any other, and then passes the body on.

    See: https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html
    """
    templates = chosen.response_templates
    if not templates:
        return None
    by_type = {media_type(name): name for name in templates}
    wanted = (*accepted(request_headers)[:1], choices.DEFAULT_BODY_CONTENT_TYPE)
    name = next((by_type[one] for one in wanted if one in by_type), next(iter(templates)))
    return (name, templates[name]) if templates[name] or not choices.EMPTY_TEMPLATE_PASSES_THROUGH else None


def _body(template: tuple[str, str] | None, response: EndpointResponse, *, from_binary: bool, to_binary: bool) -> bytes:
    if template is not None:
        to_binary = False
    elif not response.body:
        return b""
    body = convert(response.body, from_binary=from_binary, to_binary=to_binary)
    if body is None:
        raise configuration_error("Unable to base64 decode the body.")
    return body


def _answer(  # noqa: PLR0913, PLR0917 - what the step found, once
    chosen: IntegrationResponse,
    declared: Mapping[str, bool],
    source: MappingSource,
    body: bytes,
    content_type: str,
    overrides: Overrides,
) -> ClientResponse:
    set_by_template = response_overrides(overrides)
    headers = Headers([("Content-Type", content_type)])
    folded = {name.lower() for name in declared}
    for name, values in mapped(chosen.response_parameters, _HEADER, source).items():
        if f"{_HEADER}{name}".lower() in folded:
            headers = Headers([*headers.without(name), *((name, value) for value in values)])
    for name, value in set_by_template.header.items():
        headers = headers.set(name, value)
    return ClientResponse(status=set_by_template.status or int(chosen.status_code), headers=headers, body=body)


def full_match(pattern: str, text: str) -> bool:
    """Return whether a selection pattern matches a text as a whole, as Java does; a pattern that is none never does."""
    try:
        return matches(text, pattern)
    except JavaError:
        return False


def passed_body(
    response: EndpointResponse, request: MethodRequest, integration: Integration, binary_media_types: Collection[str]
) -> bytes:
    """Return the body of an HTTP proxy integration's answer; without binary media types it is treated as text."""
    chosen = next(iter(integration.integration_responses), None)
    from_binary = is_binary(media_type(response.headers.get("Content-Type")), binary_media_types)
    to_binary = wants_binary(
        None if chosen is None else chosen.content_handling,
        otherwise=from_binary and response_is_binary(request.headers, binary_media_types),
    )
    if not binary_media_types:
        return convert(response.body, from_binary=False, to_binary=False) or b""
    body = convert(response.body, from_binary=from_binary, to_binary=to_binary)
    if body is None:
        raise configuration_error("Unable to base64 decode the body.")
    return body
