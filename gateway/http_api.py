"""An HTTP API's configuration as data, named as version 2 of API Gateway's control plane names it.

A route holds its integration and names its authorizer, so that two readings of one API compare equal; the identifiers
that API Gateway assigns are kept beside, outside of comparison.

See: https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from gateway.rest_api import AccessLogSettings, ConnectionType, IntegrationType, lambda_arn

DEFAULT_ROUTE_KEY = "$default"
DEFAULT_STAGE_NAME = "$default"
DEFAULT_TIMEOUT_MS = 30_000
ANY = "ANY"


class RouteAuthorizationType(StrEnum):
    """Who may call a route."""

    NONE = "NONE"
    AWS_IAM = "AWS_IAM"
    CUSTOM = "CUSTOM"
    JWT = "JWT"


class HttpApiAuthorizerType(StrEnum):
    """The kind of an authorizer: a Lambda function, or a JSON Web Token that API Gateway checks itself."""

    REQUEST = "REQUEST"
    JWT = "JWT"


class PayloadFormatVersion(StrEnum):
    """How a request becomes the event of a Lambda function, and its answer the response.

    See: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
    """

    ONE = "1.0"
    TWO = "2.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class CorsConfiguration:
    """The CORS configuration of the whole API. Where it is set, API Gateway ignores the backend's own CORS headers.

    See: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
    """

    allow_origins: tuple[str, ...] = ()
    allow_methods: tuple[str, ...] = ()
    allow_headers: tuple[str, ...] = ()
    expose_headers: tuple[str, ...] = ()
    allow_credentials: bool = False
    max_age_s: int | None = None

    def allows_origin(self, origin: str) -> bool:
        """Return whether an origin is allowed: by name, by ``*``, or by ``https://*`` and ``http://*``."""
        schemes = [allowed.removesuffix("*") for allowed in self.allow_origins if allowed.endswith("://*")]
        return {"*", origin} & set(self.allow_origins) != set() or any(origin.startswith(scheme) for scheme in schemes)


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsConfig:
    """The TLS of a private integration: the name that the listener's certificate must have."""

    server_name_to_verify: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpIntegration:
    """How a route calls its endpoint; always by proxy. ``integration_subtype`` names an AWS service's action."""

    integration_type: IntegrationType
    integration_method: str | None = None
    integration_uri: str | None = None
    integration_subtype: str | None = None
    payload_format_version: PayloadFormatVersion = PayloadFormatVersion.ONE
    connection_type: ConnectionType = ConnectionType.INTERNET
    connection_id: str | None = None
    credentials_arn: str | None = None
    request_parameters: Mapping[str, str] = field(default_factory=dict)
    response_parameters: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    timeout_ms: int = DEFAULT_TIMEOUT_MS
    tls_config: TlsConfig | None = None
    integration_id: str | None = field(default=None, compare=False)

    @property
    def lambda_arn(self) -> str | None:
        """The ARN of the Lambda function that is called, given bare or inside an invocation URI; None for others."""
        uri = self.integration_uri
        if self.integration_type is not IntegrationType.AWS_PROXY or uri is None or self.integration_subtype:
            return None
        return uri if ":function:" in uri and ":lambda:path/" not in uri else lambda_arn(uri)

    @property
    def infers_responses(self) -> bool:
        """Whether API Gateway makes a response of whatever the function returns: payload format 2.0."""
        return self.lambda_arn is not None and self.payload_format_version is PayloadFormatVersion.TWO


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A route. ``route_key`` is ``GET /notes/{noteId}``, ``ANY /{proxy+}`` or ``$default``."""

    route_key: str
    authorization_type: RouteAuthorizationType = RouteAuthorizationType.NONE
    authorizer_name: str | None = None
    authorization_scopes: tuple[str, ...] = ()
    operation_name: str | None = None
    integration: HttpIntegration | None = None
    route_id: str | None = field(default=None, compare=False)

    @property
    def is_default(self) -> bool:
        """Whether this is the route that catches what no other route matches."""
        return self.route_key == DEFAULT_ROUTE_KEY

    @property
    def http_method(self) -> str:
        """The route's method; ``ANY`` for ``$default`` too."""
        return ANY if self.is_default else self.route_key.split(" ", 1)[0]

    @property
    def path(self) -> str | None:
        """The route's path; None for ``$default``."""
        return None if self.is_default else self.route_key.split(" ", 1)[-1]

    @property
    def is_protected(self) -> bool:
        """Whether the route asks its caller for credentials."""
        return self.authorization_type is not RouteAuthorizationType.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpApiAuthorizer:
    """An authorizer. ``identity_source`` holds expressions such as ``$request.header.Authorization``."""

    name: str
    authorizer_type: HttpApiAuthorizerType
    authorizer_uri: str | None = None
    authorizer_payload_format_version: PayloadFormatVersion = PayloadFormatVersion.TWO
    enable_simple_responses: bool = False
    identity_source: tuple[str, ...] = ()
    result_ttl_s: int = 0
    jwt_issuer: str | None = None
    jwt_audience: tuple[str, ...] = ()
    authorizer_id: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpApi:
    """An HTTP API: its routes sorted by route key, its authorizers by name, and its CORS configuration."""

    name: str
    description: str | None = None
    version: str | None = None
    routes: tuple[Route, ...] = ()
    authorizers: Mapping[str, HttpApiAuthorizer] = field(default_factory=dict)
    cors_configuration: CorsConfiguration | None = None
    disable_execute_api_endpoint: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)
    http_api_id: str | None = field(default=None, compare=False)

    def route(self, route_key: str) -> Route | None:
        """Return the route of exactly this key, or None."""
        return next((route for route in self.routes if route.route_key == route_key), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteSettings:
    """The settings of a stage for all routes, or for one."""

    detailed_metrics_enabled: bool = False
    throttling_burst_limit: int | None = None
    throttling_rate_limit: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpApiStage:
    """A stage of an HTTP API. ``$default`` is served at the root of the API's URL, every other below its name."""

    stage_name: str
    auto_deploy: bool = False
    deployment_id: str | None = field(default=None, compare=False)
    description: str | None = None
    stage_variables: Mapping[str, str] = field(default_factory=dict)
    default_route_settings: RouteSettings = field(default_factory=RouteSettings)
    route_settings: Mapping[str, RouteSettings] = field(default_factory=dict)
    access_log_settings: AccessLogSettings | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    def settings_for(self, route_key: str) -> RouteSettings:
        """Return the settings in force for a route: its own, else those of all routes."""
        return self.route_settings.get(route_key) or self.default_route_settings
