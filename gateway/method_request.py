"""Step 1, the method request: what arrived, and what of it the method promises to refuse.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import parse_qsl

from gateway import choices, models, signature_refusal
from gateway.media_types import content_type_of, is_binary
from gateway.messages import ClientRequest, GatewayContext, Headers
from gateway.parameter_mapping import RequestSource
from gateway.refusal import Refused, refused_signature
from gateway.rest_api import ApiKeySource, GatewayResponseType, Method, RestApi
from gateway.routing import Route
from gateway.signature_refusal import SignatureRefusal
from gateway.templates import TemplateInput

BINARY_MARK = "[Binary Data]"


@dataclass(frozen=True, kw_only=True)
class MethodRequest:
    """A request after routing: what the first step hands to the second.

    ``path`` is raw and below the stage; ``query`` holds decoded pairs in order. ``is_binary`` follows the content type
    and the API's binary media types.
    """

    http_method: str
    path: str
    resource_path: str
    path_parameters: Mapping[str, str] = field(default_factory=dict)
    query: tuple[tuple[str, str], ...] = ()
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""
    is_binary: bool = False

    @cached_property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    @property
    def content_type(self) -> str:
        """The media type of the body, ``application/json`` where the client names none."""
        return content_type_of(self.headers)

    def source(self, method: Method) -> RequestSource:
        """Return what mapping expressions read of this request."""
        return RequestSource(
            path_parameters=self.path_parameters,
            query=self.query,
            headers=self.headers,
            body=self.text,
            declared=method.request_parameters,
        )

    def template_input(
        self, method: Method, *, context: Mapping[str, str], stage_variables: Mapping[str, str]
    ) -> TemplateInput:
        """Return what mapping templates read of this request, one value a name, the last one."""
        return TemplateInput(
            path=self.path_parameters,
            querystring=dict(self.query),
            header=_spelt_as_declared(self.headers.single(), method),
            context=context,
            stage_variables=stage_variables,
        )


def arrived(request: ClientRequest, context: GatewayContext) -> ClientRequest:
    """Return the request with the headers that the front of API Gateway adds before the first step.

    A test invocation comes by no front: its log shows the headers that it names, and no others.
    """
    if context.tested_resource_path is not None:
        return request
    headers = request.headers
    forwarded = headers.get("X-Forwarded-For")
    added = {
        "X-Forwarded-For": f"{forwarded}, {request.source_ip}" if forwarded else request.source_ip,
        "X-Forwarded-Port": "443",
        "X-Forwarded-Proto": "https",
    }
    if context.domain_name:
        added["Host"] = context.domain_name
    if context.trace_root is not None and "X-Amzn-Trace-Id" not in headers:
        added["X-Amzn-Trace-Id"] = f"Root={context.trace_root}"
    for name, value in added.items():
        headers = headers.set(name, value)
    return ClientRequest(
        http_method=request.http_method,
        path=request.path or "/",
        query=request.query,
        headers=headers,
        body=request.body,
        source_ip=request.source_ip,
        protocol=request.protocol,
    )


def method_request(api: RestApi, route: Route, request: ClientRequest, http_method: str) -> MethodRequest:
    """Return what the first step knows of a routed request."""
    return MethodRequest(
        http_method=http_method,
        path=request.path,
        resource_path=route.resource.path,
        path_parameters=route.path_parameters,
        query=query_pairs(request.query),
        headers=request.headers,
        body=request.body,
        is_binary=is_binary(content_type_of(request.headers), api.binary_media_types),
    )


def query_pairs(query: str) -> tuple[tuple[str, str], ...]:
    """Return the decoded pairs of a raw query string, in order, blank values included."""
    if choices.SEMICOLON_SEPARATES_QUERY:
        query = query.replace(";", "&")
    return tuple(parse_qsl(query, keep_blank_values=True, max_num_fields=None))


def effective_http_method(request: ClientRequest) -> str:
    """Return the method that serves a request: its own, or the one its override header names."""
    return (request.headers.get(choices.METHOD_OVERRIDE_HEADER) or request.http_method).upper()


def api_key(api: RestApi, request: ClientRequest, usage_identifier_key: str | None) -> str | None:
    """Return the API key of a request, from where the API reads it."""
    if api.api_key_source is ApiKeySource.AUTHORIZER:
        return usage_identifier_key
    return request.headers.get("x-api-key")


def routed_nowhere(request: ClientRequest) -> Refused:
    """Return the refusal of a request that no method serves: whatever ``Authorization`` holds is read as a signature.

    See: https://github.com/HumanCellAtlas/data-store/issues/328
    """
    return refused_signature(refused_signature_of(request.headers) or signature_refusal.missing())


def refused_signature_of(headers: Headers) -> SignatureRefusal | None:
    """Return the refusal of headers that hold no whole signature, None where they hold one."""
    authorization = headers.get("Authorization")
    if authorization is None:
        return signature_refusal.missing()
    return signature_refusal.incomplete(authorization, has_date="X-Amz-Date" in headers or "Date" in headers)


def validate(api: RestApi, method: Method, request: MethodRequest) -> None:
    """Apply the method's request validator: first required parameters, then the body's model.

    Raises:
        Refused: 400 BAD_REQUEST_PARAMETERS or BAD_REQUEST_BODY.
    """
    validator = api.request_validators.get(method.request_validator_name or "")
    if validator is None:
        return
    if validator.validate_request_parameters:
        _validate_parameters(method, request)
    if validator.validate_request_body:
        _validate_body(api, method, request)


def missing_parameters(method: Method, request: MethodRequest) -> tuple[str, ...]:
    """Return the required parameters that a request lacks, in the order of the method; values are never looked at."""
    return tuple(
        name.split(".", _DOTS)[-1]
        for name, required in method.request_parameters.items()
        if required and not _has(name, request)
    )


_DOTS = 3


def _has(name: str, request: MethodRequest) -> bool:
    _, _, place, key = name.split(".", _DOTS)
    if place == "path":
        return bool(request.path_parameters.get(key))
    if place == "querystring":
        return any(known == key and value for known, value in request.query)
    if choices.HEADER_NAMES_ARE_CASE_SENSITIVE:
        return any(known == key and value for known, value in request.headers.items())
    return any(request.headers.get_all(key))


def _validate_parameters(method: Method, request: MethodRequest) -> None:
    missing = missing_parameters(method, request)
    if missing:
        message = f"Missing required request parameters: [{', '.join(missing)}]"
        raise Refused(
            GatewayResponseType.BAD_REQUEST_PARAMETERS,
            message,
            validation_errors=(message,),
            validation_error=message,
        )


def _validate_body(api: RestApi, method: Method, request: MethodRequest) -> None:
    model_name = _model_name(method, request.content_type)
    if model_name is None or request.is_binary:
        return
    errors = models.validate(api.models, model_name, request.text)
    if errors:
        listed = ", ".join(errors)
        line = f"Request body does not match model schema for content type {request.content_type}: [{listed}]"
        raise Refused(
            GatewayResponseType.BAD_REQUEST_BODY,
            "Invalid request body",
            validation_errors=(line,),
            validation_error=f"[{listed}]",
        )


def _model_name(method: Method, content_type: str) -> str | None:
    by_type = {known.partition(";")[0].strip().lower(): name for known, name in method.request_models.items()}
    return by_type.get(content_type) or by_type.get("$default")


def _spelt_as_declared(headers: dict[str, str], method: Method) -> dict[str, str]:
    """Rename headers to the spelling that the method declares, so that ``$input.params`` finds them."""
    if choices.HEADER_NAMES_ARE_CASE_SENSITIVE:
        return headers
    prefix = "method.request.header."
    declared = {name.removeprefix(prefix) for name in method.request_parameters if name.startswith(prefix)}
    spelling = {name.lower(): name for name in declared}
    return {spelling.get(name.lower(), name): value for name, value in headers.items()}
