"""A REST API's configuration as data, named as API Gateway names it.

References between parts are by *name* (models, validators, authorizers), never by the identifiers that API Gateway
assigns, so that an API read from a contract, from an export and from the control plane compare equal. Identifiers are
kept beside, outside of comparison.

See: https://docs.aws.amazon.com/apigateway/latest/api/API_RestApi.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

DEFAULT_TIMEOUT_MS = 29_000


class IntegrationType(StrEnum):
    """How the gateway talks to the endpoint."""

    AWS = "AWS"
    AWS_PROXY = "AWS_PROXY"
    HTTP = "HTTP"
    HTTP_PROXY = "HTTP_PROXY"
    MOCK = "MOCK"

    @property
    def is_proxy(self) -> bool:
        """Whether the request passes without mapping templates."""
        return self in {IntegrationType.AWS_PROXY, IntegrationType.HTTP_PROXY}


class PassthroughBehavior(StrEnum):
    """What happens to a body whose content type has no mapping template."""

    WHEN_NO_MATCH = "WHEN_NO_MATCH"
    WHEN_NO_TEMPLATES = "WHEN_NO_TEMPLATES"
    NEVER = "NEVER"


class ContentHandling(StrEnum):
    """How a payload is converted between text and binary."""

    CONVERT_TO_BINARY = "CONVERT_TO_BINARY"
    CONVERT_TO_TEXT = "CONVERT_TO_TEXT"


class ConnectionType(StrEnum):
    """The way to the endpoint."""

    INTERNET = "INTERNET"
    VPC_LINK = "VPC_LINK"


class AuthorizationType(StrEnum):
    """Who may call a method."""

    NONE = "NONE"
    AWS_IAM = "AWS_IAM"
    CUSTOM = "CUSTOM"
    COGNITO_USER_POOLS = "COGNITO_USER_POOLS"


class AuthorizerType(StrEnum):
    """The kind of an authorizer."""

    TOKEN = "TOKEN"  # noqa: S105 - AWS's name of a kind
    REQUEST = "REQUEST"
    COGNITO_USER_POOLS = "COGNITO_USER_POOLS"


class ApiKeySource(StrEnum):
    """Where the API key of a request is read from."""

    HEADER = "HEADER"
    AUTHORIZER = "AUTHORIZER"


class UnauthorizedCacheControlHeaderStrategy(StrEnum):
    """What a caller gets who asks to invalidate a cache entry and may not."""

    FAIL_WITH_403 = "FAIL_WITH_403"
    SUCCEED_WITH_RESPONSE_HEADER = "SUCCEED_WITH_RESPONSE_HEADER"
    SUCCEED_WITHOUT_RESPONSE_HEADER = "SUCCEED_WITHOUT_RESPONSE_HEADER"


class GatewayResponseType(StrEnum):
    """Every answer that the gateway gives by itself.

    See: https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
    """

    ACCESS_DENIED = "ACCESS_DENIED"
    API_CONFIGURATION_ERROR = "API_CONFIGURATION_ERROR"
    AUTHORIZER_CONFIGURATION_ERROR = "AUTHORIZER_CONFIGURATION_ERROR"
    AUTHORIZER_FAILURE = "AUTHORIZER_FAILURE"
    BAD_REQUEST_PARAMETERS = "BAD_REQUEST_PARAMETERS"
    BAD_REQUEST_BODY = "BAD_REQUEST_BODY"
    DEFAULT_4XX = "DEFAULT_4XX"
    DEFAULT_5XX = "DEFAULT_5XX"
    EXPIRED_TOKEN = "EXPIRED_TOKEN"  # noqa: S105 - AWS's name of a kind
    INTEGRATION_FAILURE = "INTEGRATION_FAILURE"
    INTEGRATION_TIMEOUT = "INTEGRATION_TIMEOUT"
    INVALID_API_KEY = "INVALID_API_KEY"
    INVALID_SIGNATURE = "INVALID_SIGNATURE"
    MISSING_AUTHENTICATION_TOKEN = "MISSING_AUTHENTICATION_TOKEN"  # noqa: S105 - AWS's name of a kind
    QUOTA_EXCEEDED = "QUOTA_EXCEEDED"
    REQUEST_TOO_LARGE = "REQUEST_TOO_LARGE"
    RESOURCE_NOT_FOUND = "RESOURCE_NOT_FOUND"
    THROTTLED = "THROTTLED"
    UNAUTHORIZED = "UNAUTHORIZED"
    UNSUPPORTED_MEDIA_TYPE = "UNSUPPORTED_MEDIA_TYPE"
    WAF_FILTERED = "WAF_FILTERED"


def published_api_name(api_name: str, rest_api_id: str) -> str:
    """Return the name of a REST API as metrics have it: its ASCII characters, or the id where there are none.

    See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
    """
    return api_name.encode("ascii", "ignore").decode() or rest_api_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A JSON Schema (draft 4) under a name. ``schema`` is the schema's JSON text as deployed."""

    name: str
    schema: str
    content_type: str = "application/json"
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestValidator:
    """What a method validates of a request."""

    name: str
    validate_request_body: bool = False
    validate_request_parameters: bool = False
    request_validator_id: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorizer:
    """An authorizer. ``identity_source`` is the comma-joined list as API Gateway keeps it."""

    name: str
    authorizer_type: AuthorizerType
    uri: str | None = None
    credentials: str | None = None
    identity_source: str | None = None
    identity_validation_expression: str | None = None
    result_ttl_s: int | None = None
    provider_arns: tuple[str, ...] = ()
    authentication_type: str | None = None
    authorizer_id: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayResponse:
    """An answer of the gateway itself.

    ``response_parameters`` maps ``gatewayresponse.header.X`` to a mapping expression; ``response_templates`` maps a
    content type to a template with the limited variables of gateway responses.
    """

    response_type: GatewayResponseType
    status_code: str | None = None
    response_parameters: Mapping[str, str] = field(default_factory=dict)
    response_templates: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegrationResponse:
    """How an endpoint's answer becomes a method response. No ``selection_pattern`` makes it the default."""

    status_code: str
    selection_pattern: str | None = None
    response_parameters: Mapping[str, str] = field(default_factory=dict)
    response_templates: Mapping[str, str] = field(default_factory=dict)
    content_handling: ContentHandling | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Integration:
    """How a method calls its endpoint."""

    integration_type: IntegrationType
    http_method: str | None = None
    uri: str | None = None
    credentials: str | None = None
    connection_type: ConnectionType = ConnectionType.INTERNET
    connection_id: str | None = None
    request_parameters: Mapping[str, str] = field(default_factory=dict)
    request_templates: Mapping[str, str] = field(default_factory=dict)
    passthrough_behavior: PassthroughBehavior = PassthroughBehavior.WHEN_NO_MATCH
    content_handling: ContentHandling | None = None
    timeout_ms: int = DEFAULT_TIMEOUT_MS
    cache_namespace: str | None = field(default=None, compare=False)
    cache_key_parameters: tuple[str, ...] = ()
    insecure_skip_verification: bool = False
    integration_responses: tuple[IntegrationResponse, ...] = ()

    @property
    def lambda_arn(self) -> str | None:
        """The ARN (or name with stage variables) of the Lambda function that is called; None for other endpoints."""
        return lambda_arn(self.uri)


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodResponse:
    """A declared answer. ``response_parameters`` maps ``method.response.header.X`` to whether it is required."""

    status_code: str
    response_parameters: Mapping[str, bool] = field(default_factory=dict)
    response_models: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A method of a resource.

    ``request_parameters`` maps ``method.request.{path,querystring,header}.X`` to whether it is required;
    ``request_models`` maps a content type to a model's name.
    """

    http_method: str
    operation_name: str | None = None
    authorization_type: AuthorizationType = AuthorizationType.NONE
    authorizer_name: str | None = None
    authorization_scopes: tuple[str, ...] = ()
    api_key_required: bool = False
    request_validator_name: str | None = None
    request_parameters: Mapping[str, bool] = field(default_factory=dict)
    request_models: Mapping[str, str] = field(default_factory=dict)
    integration: Integration | None = None
    method_responses: tuple[MethodResponse, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A path with its methods, sorted by HTTP method (``ANY`` stands for all that are not named)."""

    path: str
    methods: tuple[Method, ...] = ()
    resource_id: str | None = field(default=None, compare=False)

    def method(self, http_method: str) -> Method | None:
        """Return the method of exactly this name (``ANY`` is a name too), or None."""
        return next((method for method in self.methods if method.http_method == http_method), None)

    def serving_method(self, http_method: str) -> Method | None:
        """Return the method that serves an HTTP method: the named one, else ``ANY``, else None."""
        return self.method(http_method) or self.method("ANY")


@dataclass(frozen=True, slots=True, kw_only=True)
class RestApi:
    """A REST API: resources sorted by path, and what they refer to by name."""

    name: str
    description: str | None = None
    version: str | None = None
    resources: tuple[Resource, ...] = ()
    models: Mapping[str, Model] = field(default_factory=dict)
    request_validators: Mapping[str, RequestValidator] = field(default_factory=dict)
    authorizers: Mapping[str, Authorizer] = field(default_factory=dict)
    gateway_responses: Mapping[GatewayResponseType, GatewayResponse] = field(default_factory=dict)
    binary_media_types: tuple[str, ...] = ()
    minimum_compression_size_bytes: int | None = None
    api_key_source: ApiKeySource = ApiKeySource.HEADER
    policy: str | None = None
    disable_execute_api_endpoint: bool = False
    endpoint_types: tuple[str, ...] = ("EDGE",)
    tags: Mapping[str, str] = field(default_factory=dict)
    rest_api_id: str | None = field(default=None, compare=False)
    vpc_endpoint_ids: tuple[str, ...] = ()

    @property
    def published_name(self) -> str:
        """The name that CloudWatch's metrics have as ``ApiName``."""
        return published_api_name(self.name, self.rest_api_id or "")

    def resource(self, path: str) -> Resource | None:
        """Return the resource of exactly this path (``/users/{userId}``), or None."""
        return next((resource for resource in self.resources if resource.path == path), None)

    def method(self, path: str, http_method: str) -> Method | None:
        """Return the method that serves this path and HTTP method: the named one, else ``ANY``, else None."""
        resource = self.resource(path)
        return None if resource is None else resource.serving_method(http_method)


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodSettings:
    """The settings of a stage for all methods (``*/*``) or one (``/users/GET``, slashes not escaped)."""

    metrics_enabled: bool = False
    logging_level: str = "OFF"
    data_trace_enabled: bool = False
    throttling_burst_limit: int | None = None
    throttling_rate_limit: float | None = None
    caching_enabled: bool = False
    cache_ttl_s: int | None = None
    cache_data_encrypted: bool = False
    require_authorization_for_cache_control: bool = True
    unauthorized_cache_control_header_strategy: UnauthorizedCacheControlHeaderStrategy = (
        UnauthorizedCacheControlHeaderStrategy.SUCCEED_WITH_RESPONSE_HEADER
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessLogSettings:
    """Where and in what format a stage writes its access log."""

    destination_arn: str
    log_format: str

    @property
    def log_group_name(self) -> str:
        """The CloudWatch Logs group of the destination (a Firehose ARN gives its last part)."""
        return self.destination_arn.split(":log-group:")[-1].removesuffix(":*")


@dataclass(frozen=True, slots=True, kw_only=True)
class CanarySettings:
    """A canary of a stage: the share of requests that another deployment answers."""

    percent_traffic: float
    deployment_id: str | None = None
    stage_variable_overrides: Mapping[str, str] = field(default_factory=dict)
    use_stage_cache: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A stage: a named reference to a deployment, with its own settings."""

    stage_name: str
    deployment_id: str | None = field(default=None, compare=False)
    description: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    method_settings: Mapping[str, MethodSettings] = field(default_factory=dict)
    access_log_settings: AccessLogSettings | None = None
    tracing_enabled: bool = False
    cache_cluster_enabled: bool = False
    cache_cluster_size: str | None = None
    client_certificate_id: str | None = None
    web_acl_arn: str | None = None
    canary_settings: CanarySettings | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    created_at: datetime | None = field(default=None, compare=False)
    last_updated_at: datetime | None = field(default=None, compare=False)

    def settings_for(self, resource_path: str, http_method: str) -> MethodSettings:
        """Return the settings in force for a method: its own, else those of ``*/*``, else API Gateway's defaults."""
        own = self.method_settings.get(f"{resource_path}/{http_method}")
        return own or self.method_settings.get("*/*") or MethodSettings()


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttle:
    """A token bucket: ``rate_limit`` requests a second, ``burst_limit`` at once."""

    rate_limit: float
    burst_limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """How many requests a key may make in a period (``DAY``, ``WEEK``, ``MONTH``)."""

    limit: int
    period: str
    offset: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """An API key. ``value`` is a secret: it stays in memory and is never written."""

    api_key_id: str
    name: str
    enabled: bool = True
    value: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class UsagePlan:
    """Which keys may use which stages, how fast and how often.

    ``api_stages`` holds ``(rest_api_id, stage_name)``; ``method_throttles`` maps ``/users/POST`` to a throttle.
    """

    usage_plan_id: str
    name: str
    api_stages: tuple[tuple[str, str], ...] = ()
    throttle: Throttle | None = None
    quota: Quota | None = None
    method_throttles: Mapping[str, Throttle] = field(default_factory=dict)
    api_keys: tuple[ApiKey, ...] = ()


def lambda_arn(uri: str | None) -> str | None:
    """Return the function ARN inside an integration or authorizer URI, or None when it invokes no function.

    See: https://docs.aws.amazon.com/apigateway/latest/api/API_Integration.html (``uri``)
    """
    if uri is None or ":lambda:path/" not in uri:
        return None
    return uri.split("/functions/", 1)[-1].removesuffix("/invocations")
