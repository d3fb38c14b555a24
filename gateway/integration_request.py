"""Step 2, the integration request: what the endpoint is sent.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-integration-settings-integration-request.html
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from gateway import choices
from gateway.endpoint_uri import aws_service_url, check_url, with_path_parameters, with_query, with_stage_variables
from gateway.media_types import convert, template_for, wants_binary
from gateway.messages import EndpointRequest, Headers
from gateway.method_request import MethodRequest
from gateway.parameter_mapping import MappingSource, mapped
from gateway.proxy_event import proxy_event
from gateway.refusal import Refused, configuration_error
from gateway.rest_api import (
    AuthorizationType,
    GatewayResponseType,
    Integration,
    IntegrationType,
    Method,
    PassthroughBehavior,
)
from gateway.templates import RequestOverrides, render_request, request_overrides
from gateway.vtl import Overrides

_HEADER = "integration.request.header."
_QUERY = "integration.request.querystring."
_PATH = "integration.request.path."
_LENIENT_STATUS = re.compile(r"""\{?\s*["']?statusCode["']?\s*:\s*(\d+)""")
_SIGNATURE = "AWS4-HMAC-SHA256"
_BAD_REQUEST = 400
_BAD_STATUS = "Unable to parse statusCode. It should be an integer that is defined in the request template."


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegrationRequest:
    """What the second step hands on: a request to the endpoint, or the status that a MOCK integration answers.

    ``overrides`` holds what the request template set; the response template can read it. ``mapped_header_names`` are
    the endpoint's headers that parameter mapping or an override set.
    """

    endpoint: EndpointRequest | None
    overrides: Overrides
    mock_status: int | None = None
    mapped_header_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """What parameter mapping and overrides give the endpoint, under the endpoint's names."""

    headers: Mapping[str, tuple[str, ...]]
    query: Mapping[str, tuple[str, ...]]
    path: Mapping[str, str]


def build(
    method: Method, request: MethodRequest, *, context: Mapping[str, str], stage_variables: Mapping[str, str]
) -> IntegrationRequest:
    """Build what the endpoint is sent.

    Args:
        method: The method, with its integration.
        request: The method request.
        context: ``$context`` under flat names.
        stage_variables: The stage's variables.

    Returns:
        The endpoint request, or the status of a MOCK integration.

    Raises:
        Refused: 415, or 500 for a wrong configuration.
    """
    integration = method.integration
    if integration is None:
        raise configuration_error("No integration defined for method")
    overrides = Overrides()
    if integration.integration_type is IntegrationType.AWS_PROXY:
        passed = Headers(passed_headers(request.headers, integration.integration_type, method))
        event = proxy_event(replace(request, headers=passed), context=context, stage_variables=stage_variables)
        body = json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")
    else:
        body = _body(method, request, overrides, context=context, stage_variables=stage_variables)
    if integration.integration_type is IntegrationType.MOCK:
        return IntegrationRequest(endpoint=None, overrides=overrides, mock_status=mock_status(body.decode()))
    source = MappingSource(request=request.source(method), context=context, stage_variables=stage_variables)
    parameters = _parameters(integration, source, request_overrides(overrides))
    endpoint = _endpoint(method, request, parameters, body, context=context, stage_variables=stage_variables)
    return IntegrationRequest(endpoint=endpoint, overrides=overrides, mapped_header_names=tuple(parameters.headers))


def mock_status(document: str) -> int:
    """Return the status that a MOCK integration's document asks for; JSON with bare or single-quoted names will do.

    Raises:
        Refused: 500 where it asks for none.
    """
    try:
        status = json.loads(document).get("statusCode")
    except (ValueError, AttributeError):
        found = _LENIENT_STATUS.match(document.strip())
        status = int(found[1]) if found is not None else None
    if not isinstance(status, int) or isinstance(status, bool):
        raise configuration_error(_BAD_STATUS)
    return status


def check_payload(endpoint: EndpointRequest) -> None:
    """Refuse a payload that a Lambda function cannot be given: Lambda takes JSON only, and at most 6 MiB of it.

    See: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html

    Raises:
        Refused: 400 with Lambda's own message, 413 for a payload that is too large.
    """
    if endpoint.lambda_arn is None or not endpoint.body:
        return
    if len(endpoint.body) > choices.FUNCTION_PAYLOAD_LIMIT_BYTES:
        raise Refused(
            GatewayResponseType.REQUEST_TOO_LARGE,
            "Request Too Long",
            lambda_error="invocation failed with status: 413",
        )
    try:
        json.loads(endpoint.body)
    except ValueError as error:
        message = f"Could not parse request body into json: {error}"
        raise Refused(
            GatewayResponseType[choices.LAMBDA_REFUSES_WHAT_IS_NO_JSON],
            message,
            status=_BAD_REQUEST,
            failure=f"configuration error: {message}",
            lambda_error="invocation failed with status: 400",
        ) from error


def template_of(integration: Integration, content_type: str) -> tuple[str, str] | None:
    """Return the content type and text of the request template for a body, or None where the body passes through.

    Raises:
        Refused: 415 where the passthrough behavior lets no such body through.
    """
    chosen = template_for(content_type, integration.request_templates)
    if chosen is not None:
        return chosen
    behavior = integration.passthrough_behavior
    if behavior is PassthroughBehavior.NEVER or (
        behavior is PassthroughBehavior.WHEN_NO_TEMPLATES and integration.request_templates
    ):
        raise Refused(GatewayResponseType.UNSUPPORTED_MEDIA_TYPE, "Unsupported Media Type")
    return None


def _body(
    method: Method,
    request: MethodRequest,
    overrides: Overrides,
    *,
    context: Mapping[str, str],
    stage_variables: Mapping[str, str],
) -> bytes:
    integration = method.integration
    assert integration is not None
    is_proxy = integration.integration_type.is_proxy
    template = None if is_proxy else template_of(integration, request.content_type)
    is_binary = wants_binary(integration.content_handling, otherwise=request.is_binary)
    body = convert(request.body, from_binary=request.is_binary, to_binary=is_binary)
    if body is None:
        raise configuration_error("Unable to base64 decode the body.")
    if template is None:
        return body
    if is_binary:
        raise configuration_error("Unable to transform request")
    template_input = request.template_input(method, context=context, stage_variables=stage_variables)
    return render_request(template[1], body.decode("utf-8", "replace"), template_input, overrides).encode(
        "utf-8", "replace"
    )


def _parameters(integration: Integration, source: MappingSource, overrides: RequestOverrides) -> Parameters:
    expressions = integration.request_parameters
    path = {name: values[-1] for name, values in mapped(expressions, _PATH, source).items()}
    return Parameters(
        headers={**mapped(expressions, _HEADER, source), **_several(overrides.header)},
        query={**mapped(expressions, _QUERY, source), **_several(overrides.querystring)},
        path={**path, **overrides.path},
    )


def _several(values: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    return {name: (value,) for name, value in values.items()}


def _endpoint(  # noqa: PLR0913 - the whole of the second step meets here
    method: Method,
    request: MethodRequest,
    parameters: Parameters,
    body: bytes,
    *,
    context: Mapping[str, str],
    stage_variables: Mapping[str, str],
) -> EndpointRequest:
    integration = method.integration
    assert integration is not None
    configured = with_stage_variables(integration.uri or "", stage_variables)
    uri = with_path_parameters(configured, parameters.path)
    is_aws = integration.integration_type in {IntegrationType.AWS, IntegrationType.AWS_PROXY}
    url = check_url(aws_service_url(uri) if is_aws else _http_address(uri))
    function = lambda_arn_of(configured)
    headers = _headers(method, request, parameters, body, context)
    invocation = headers.get("X-Amz-Invocation-Type") if function is not None else None
    return EndpointRequest(
        integration_type=integration.integration_type,
        http_method=_http_method(integration, request),
        uri=with_query(url, _query(integration, request, parameters)),
        headers=headers,
        body=body,
        timeout_ms=integration.timeout_ms,
        lambda_arn=function,
        invocation_type=invocation or "RequestResponse",
        credentials=integration.credentials,
        insecure_skip_verification=integration.insecure_skip_verification,
    )


def lambda_arn_of(uri: str) -> str | None:
    """Return the function's ARN in a URI whose stage variables are filled in, or None."""
    if ":lambda:path/" not in uri:
        return None
    return uri.split("/functions/", 1)[-1].removesuffix("/invocations")


def _http_address(uri: str) -> str:
    return uri.replace(" ", "%20") if uri.startswith(("http://", "https://")) else uri


def _http_method(integration: Integration, request: MethodRequest) -> str:
    configured = integration.http_method or "ANY"
    if configured != "ANY":
        return configured
    return "POST" if integration.integration_type is IntegrationType.AWS_PROXY else request.http_method


def _query(integration: Integration, request: MethodRequest, parameters: Parameters) -> list[tuple[str, str]]:
    passed = request.query if integration.integration_type is IntegrationType.HTTP_PROXY else ()
    kept = [(name, value) for name, value in passed if name not in parameters.query]
    return [*kept, *((name, value) for name, values in parameters.query.items() for value in values)]


def _headers(
    method: Method, request: MethodRequest, parameters: Parameters, body: bytes, context: Mapping[str, str]
) -> Headers:
    """Mapped headers come first, so that they are in the log even where it is cut; then those of the gateway."""
    integration = method.integration
    assert integration is not None
    passed: list[tuple[str, str]] = []
    if integration.integration_type is IntegrationType.HTTP_PROXY:
        passed = passed_headers(request.headers, integration.integration_type, method)
    own = _own_headers(integration, request, body, context)
    mapped_names = {name.lower() for name in parameters.headers}
    fields = [(name, value) for name, values in parameters.headers.items() for value in values]
    fields += [(name, value) for name, value in passed if name.lower() not in mapped_names]
    present = {name.lower() for name, _ in fields}
    return Headers([*fields, *((name, value) for name, value in own.items() if name.lower() not in present)])


def passed_headers(headers: Headers, integration_type: IntegrationType, method: Method) -> list[tuple[str, str]]:
    """Return the client's headers that a proxy integration passes on; a signature stays here."""
    dropped = choices.DROPPED_REQUEST_HEADERS | (
        choices.DROPPED_LAMBDA_PROXY_REQUEST_HEADERS
        if integration_type is IntegrationType.AWS_PROXY
        else choices.DROPPED_HTTP_PROXY_REQUEST_HEADERS
    )
    kept = [(name, value) for name, value in headers.items() if name.lower() not in dropped]
    return [(name, value) for name, value in kept if name.lower() != "authorization" or not _is_signed(method, value)]


def _is_signed(method: Method, authorization: str) -> bool:
    return method.authorization_type is AuthorizationType.AWS_IAM or authorization.startswith(_SIGNATURE)


def _own_headers(
    integration: Integration, request: MethodRequest, body: bytes, context: Mapping[str, str]
) -> dict[str, str]:
    api_id = context.get("apiId", "")
    trace = request.headers.get("X-Amzn-Trace-Id")
    own = {"x-amzn-apigateway-api-id": api_id}
    if integration.integration_type is not IntegrationType.HTTP_PROXY:
        own |= {"Accept": "application/json", "User-Agent": f"AmazonAPIGateway_{api_id}"}
        own["Content-Type"] = request.headers.get("Content-Type") or choices.DEFAULT_BODY_CONTENT_TYPE
    if integration.integration_type in {IntegrationType.AWS, IntegrationType.AWS_PROXY}:
        own["Content-Type"] = choices.DEFAULT_BODY_CONTENT_TYPE
        own["X-Amz-Content-Sha256"] = hashlib.sha256(body).hexdigest()
        own["X-Amz-Date"] = _amz_date(context)
    if trace is not None:
        own["X-Amzn-Trace-Id"] = trace
    if integration.lambda_arn is not None:
        own["x-amzn-lambda-integration-tag"] = context.get("requestId", "")
    return own


def _amz_date(context: Mapping[str, str]) -> str:
    moment = datetime.fromtimestamp(int(context.get("requestTimeEpoch", "0")) / 1000, UTC)
    return moment.strftime("%Y%m%dT%H%M%SZ")
