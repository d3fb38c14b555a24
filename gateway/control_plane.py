"""The documents of API Gateway's control plane (the JSON of its REST API) as dataclasses.

Pure functions: the configuration collector feeds them what boto3 returns, the sandbox feeds them what its control plane
holds. Identifiers become names, escapes are undone, defaults that API Gateway leaves out are filled in, so that an API
read from the control plane equals the same API read from a contract.

See: https://docs.aws.amazon.com/apigateway/latest/api/API_Operations.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from gateway.rest_api import (
    DEFAULT_TIMEOUT_MS,
    AccessLogSettings,
    ApiKey,
    ApiKeySource,
    AuthorizationType,
    Authorizer,
    AuthorizerType,
    CanarySettings,
    ConnectionType,
    ContentHandling,
    GatewayResponse,
    GatewayResponseType,
    Integration,
    IntegrationResponse,
    IntegrationType,
    Method,
    MethodResponse,
    MethodSettings,
    Model,
    PassthroughBehavior,
    Quota,
    RequestValidator,
    Resource,
    RestApi,
    Stage,
    Throttle,
    UnauthorizedCacheControlHeaderStrategy,
    UsagePlan,
    lambda_arn,
)

Document = Mapping[str, Any]
E = TypeVar("E", bound=StrEnum)

MODEL_URL = "https://apigateway.amazonaws.com/restapis/{rest_api_id}/models/"
_MODEL_REFERENCE = re.compile(r"https://apigateway\.amazonaws\.com/restapis/[^/\"]+/models/")

_AUTHORIZED = frozenset({AuthorizationType.CUSTOM, AuthorizationType.COGNITO_USER_POOLS})


@dataclass(frozen=True, slots=True, kw_only=True)
class RestApiDocuments:
    """All documents of one REST API, as the control plane returns them (``items`` of every page joined).

    ``resources`` carry their methods (``embed=methods``).
    """

    rest_api: Document
    resources: tuple[Document, ...] = ()
    models: tuple[Document, ...] = ()
    request_validators: tuple[Document, ...] = ()
    authorizers: tuple[Document, ...] = ()
    gateway_responses: tuple[Document, ...] = ()


def rest_api(documents: RestApiDocuments) -> RestApi:
    """Return the API. Resources without methods and gateway responses that are not customised are left out."""
    document = documents.rest_api
    names = _Names(
        authorizers={item["id"]: item["name"] for item in documents.authorizers},
        request_validators={item["id"]: item["name"] for item in documents.request_validators},
    )
    return RestApi(
        name=document["name"],
        description=document.get("description") or None,
        version=document.get("version"),
        resources=_resources(documents.resources, names),
        models={item["name"]: model(item) for item in documents.models},
        request_validators={item["name"]: request_validator(item) for item in documents.request_validators},
        authorizers={item["name"]: authorizer(item) for item in documents.authorizers},
        gateway_responses=_gateway_responses(documents.gateway_responses),
        binary_media_types=tuple(document.get("binaryMediaTypes") or ()),
        minimum_compression_size_bytes=document.get("minimumCompressionSize"),
        api_key_source=ApiKeySource(document.get("apiKeySource") or ApiKeySource.HEADER),
        policy=policy(document.get("policy")),
        disable_execute_api_endpoint=bool(document.get("disableExecuteApiEndpoint")),
        endpoint_types=tuple((document.get("endpointConfiguration") or {}).get("types") or ("EDGE",)),
        tags=dict(document.get("tags") or {}),
        rest_api_id=document.get("id"),
        vpc_endpoint_ids=tuple((document.get("endpointConfiguration") or {}).get("vpcEndpointIds") or ()),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Names:
    """Names by the identifiers that methods refer to."""

    authorizers: Mapping[str, str]
    request_validators: Mapping[str, str]


def _resources(documents: Iterable[Document], names: _Names) -> tuple[Resource, ...]:
    with_methods = (item for item in documents if item.get("resourceMethods"))
    return tuple(
        Resource(
            path=item["path"],
            methods=tuple(
                _method(http_method, methods[http_method] or {}, names)
                for methods in (item["resourceMethods"],)
                for http_method in sorted(methods)
            ),
            resource_id=item.get("id"),
        )
        for item in sorted(with_methods, key=lambda item: str(item["path"]))
    )


def _method(http_method: str, document: Document, names: _Names) -> Method:
    validator_id = document.get("requestValidatorId")
    authorization_type = AuthorizationType(document.get("authorizationType") or AuthorizationType.NONE)
    # an id that was left behind by a change of the type is in force for nobody
    authorizer_id = document.get("authorizerId") if authorization_type in _AUTHORIZED else None
    integration_document = document.get("methodIntegration")
    return Method(
        http_method=http_method,
        operation_name=document.get("operationName") or None,
        authorization_type=authorization_type,
        authorizer_name=names.authorizers.get(authorizer_id, authorizer_id) if authorizer_id else None,
        authorization_scopes=tuple(document.get("authorizationScopes") or ()),
        api_key_required=bool(document.get("apiKeyRequired")),
        request_validator_name=names.request_validators.get(validator_id, validator_id) if validator_id else None,
        request_parameters=_booleans(document.get("requestParameters")),
        request_models=dict(document.get("requestModels") or {}),
        integration=integration(integration_document) if integration_document else None,
        method_responses=tuple(
            _method_response(item) for _, item in sorted((document.get("methodResponses") or {}).items())
        ),
    )


def _method_response(document: Document) -> MethodResponse:
    return MethodResponse(
        status_code=str(document["statusCode"]),
        response_parameters=_booleans(document.get("responseParameters")),
        response_models=dict(document.get("responseModels") or {}),
    )


def integration(document: Document) -> Integration:
    """Return an integration; a template that API Gateway tells as null is the empty template."""
    return Integration(
        integration_type=IntegrationType(document["type"]),
        http_method=document.get("httpMethod"),
        uri=document.get("uri"),
        credentials=document.get("credentials"),
        connection_type=ConnectionType(document.get("connectionType") or ConnectionType.INTERNET),
        connection_id=document.get("connectionId"),
        request_parameters=dict(document.get("requestParameters") or {}),
        request_templates=_templates(document.get("requestTemplates")),
        passthrough_behavior=PassthroughBehavior(
            document.get("passthroughBehavior") or PassthroughBehavior.WHEN_NO_MATCH
        ),
        content_handling=_optional(ContentHandling, document.get("contentHandling")),
        timeout_ms=int(document.get("timeoutInMillis") or DEFAULT_TIMEOUT_MS),
        cache_namespace=document.get("cacheNamespace"),
        cache_key_parameters=tuple(document.get("cacheKeyParameters") or ()),
        insecure_skip_verification=bool((document.get("tlsConfig") or {}).get("insecureSkipVerification")),
        integration_responses=tuple(
            _integration_response(item) for _, item in sorted((document.get("integrationResponses") or {}).items())
        ),
    )


def _integration_response(document: Document) -> IntegrationResponse:
    return IntegrationResponse(
        status_code=str(document["statusCode"]),
        selection_pattern=document.get("selectionPattern") or None,
        response_parameters=dict(document.get("responseParameters") or {}),
        response_templates=_templates(document.get("responseTemplates")),
        content_handling=_optional(ContentHandling, document.get("contentHandling")),
    )


def model(document: Document) -> Model:
    """Return a model with its schema as canonical JSON, references to other models without the API's identifier."""
    return Model(
        name=document["name"],
        schema=canonical_schema(document.get("schema") or "{}"),
        content_type=document.get("contentType") or "application/json",
        description=document.get("description") or None,
    )


def canonical_schema(schema: str) -> str:
    """Return a model's schema with sorted keys, without blanks, with ``api`` in place of the API's identifier.

    A schema that is no JSON stays as it is: it is evidence.
    """
    named = _MODEL_REFERENCE.sub(MODEL_URL.format(rest_api_id="api"), schema)
    try:
        return json.dumps(json.loads(named), sort_keys=True, separators=(",", ":"))
    except ValueError:
        return named


def schema_for(schema: str, rest_api_id: str) -> str:
    """Return a canonical schema as it is deployed to an API: references carry the API's identifier."""
    return schema.replace(MODEL_URL.format(rest_api_id="api"), MODEL_URL.format(rest_api_id=rest_api_id))


def request_validator(document: Document) -> RequestValidator:
    """Return a request validator."""
    return RequestValidator(
        name=document["name"],
        validate_request_body=bool(document.get("validateRequestBody")),
        validate_request_parameters=bool(document.get("validateRequestParameters")),
        request_validator_id=document.get("id"),
    )


def authorizer(document: Document) -> Authorizer:
    """Return an authorizer."""
    return Authorizer(
        name=document["name"],
        authorizer_type=AuthorizerType(document["type"]),
        uri=document.get("authorizerUri"),
        credentials=document.get("authorizerCredentials"),
        identity_source=document.get("identitySource"),
        identity_validation_expression=document.get("identityValidationExpression"),
        result_ttl_s=document.get("authorizerResultTtlInSeconds"),
        provider_arns=tuple(document.get("providerARNs") or ()),
        authentication_type=document.get("authType"),
        authorizer_id=document.get("id"),
    )


def gateway_response(document: Document) -> GatewayResponse:
    """Return a gateway response, customised or not."""
    return GatewayResponse(
        response_type=GatewayResponseType(document["responseType"]),
        status_code=document.get("statusCode"),
        response_parameters=dict(document.get("responseParameters") or {}),
        response_templates=_templates(document.get("responseTemplates")),
    )


def _gateway_responses(documents: Iterable[Document]) -> dict[GatewayResponseType, GatewayResponse]:
    known = {str(kind) for kind in GatewayResponseType}
    customised = (item for item in documents if not item.get("defaultResponse") and item["responseType"] in known)
    responses = (gateway_response(item) for item in customised)
    return {response.response_type: response for response in responses}


def stage(document: Document) -> Stage:
    """Return a stage."""
    access_log = document.get("accessLogSettings") or {}
    destination = access_log.get("destinationArn")
    return Stage(
        stage_name=document["stageName"],
        deployment_id=document.get("deploymentId"),
        description=document.get("description") or None,
        variables=dict(document.get("variables") or {}),
        method_settings={
            method_settings_key(key): method_settings(value)
            for key, value in (document.get("methodSettings") or {}).items()
        },
        access_log_settings=AccessLogSettings(destination_arn=destination, log_format=access_log.get("format") or "")
        if destination
        else None,
        tracing_enabled=bool(document.get("tracingEnabled")),
        cache_cluster_enabled=bool(document.get("cacheClusterEnabled")),
        cache_cluster_size=document.get("cacheClusterSize"),
        client_certificate_id=document.get("clientCertificateId"),
        web_acl_arn=document.get("webAclArn"),
        canary_settings=_canary_settings(document.get("canarySettings")),
        tags=dict(document.get("tags") or {}),
        created_at=_time(document.get("createdDate")),
        last_updated_at=_time(document.get("lastUpdatedDate")),
    )


def method_settings_key(key: str) -> str:
    """Return a key of method settings as ``/users/GET`` (API Gateway keeps ``~1users/GET`` or ``users/GET``).

    See: https://docs.aws.amazon.com/apigateway/latest/api/API_Stage.html (``methodSettings``)
    """
    unescaped = key.replace("~1", "/").replace("~0", "~")
    return unescaped if unescaped == "*/*" or unescaped.startswith("/") else f"/{unescaped}"


def method_settings(document: Document) -> MethodSettings:
    """Return the settings of a method of a stage."""
    return MethodSettings(
        metrics_enabled=bool(document.get("metricsEnabled")),
        logging_level=document.get("loggingLevel") or "OFF",
        data_trace_enabled=bool(document.get("dataTraceEnabled")),
        throttling_burst_limit=document.get("throttlingBurstLimit"),
        throttling_rate_limit=document.get("throttlingRateLimit"),
        caching_enabled=bool(document.get("cachingEnabled")),
        cache_ttl_s=document.get("cacheTtlInSeconds"),
        cache_data_encrypted=bool(document.get("cacheDataEncrypted")),
        require_authorization_for_cache_control=bool(document.get("requireAuthorizationForCacheControl", True)),
        unauthorized_cache_control_header_strategy=UnauthorizedCacheControlHeaderStrategy(
            document.get("unauthorizedCacheControlHeaderStrategy")
            or UnauthorizedCacheControlHeaderStrategy.SUCCEED_WITH_RESPONSE_HEADER
        ),
    )


def usage_plan(document: Document, keys: Iterable[Document], *, rest_api_id: str, stage_name: str) -> UsagePlan:
    """Return a usage plan as it holds for one stage: ``method_throttles`` are those of that stage."""
    stages = tuple(document.get("apiStages") or ())
    own = (item for item in stages if (item.get("apiId"), item.get("stage")) == (rest_api_id, stage_name))
    quota = document.get("quota") or {}
    return UsagePlan(
        usage_plan_id=document["id"],
        name=document.get("name") or "",
        api_stages=tuple((item["apiId"], item["stage"]) for item in stages),
        throttle=_throttle(document.get("throttle")),
        quota=Quota(limit=int(quota["limit"]), period=quota["period"], offset=int(quota.get("offset") or 0))
        if quota.get("limit") is not None
        else None,
        method_throttles={
            method_settings_key(path): throttle
            for item in own
            for path, value in (item.get("throttle") or {}).items()
            if (throttle := _throttle(value)) is not None
        },
        api_keys=tuple(api_key(item) for item in keys),
    )


def api_key(document: Document) -> ApiKey:
    """Return an API key, or the key of a usage plan (which does not tell whether it is enabled)."""
    return ApiKey(
        api_key_id=document["id"],
        name=document.get("name") or "",
        enabled=bool(document.get("enabled", True)),
        value=document.get("value"),
    )


def policy(text: str | None) -> str | None:
    r"""Return a resource policy as canonical JSON text (API Gateway returns it with escaped quotes: ``{\"Version\"``).

    See: https://docs.aws.amazon.com/apigateway/latest/api/API_RestApi.html (``policy``)
    """
    if not text:
        return None
    for candidate in (text, text.replace('\\"', '"').replace("\\/", "/")):
        try:
            return json.dumps(json.loads(candidate), sort_keys=True, separators=(",", ":"))
        except ValueError:
            continue
    return text


def _throttle(document: Document | None) -> Throttle | None:
    if not document:
        return None
    return Throttle(rate_limit=float(document.get("rateLimit") or 0), burst_limit=int(document.get("burstLimit") or 0))


def _canary_settings(document: Document | None) -> CanarySettings | None:
    if not document:
        return None
    return CanarySettings(
        percent_traffic=float(document.get("percentTraffic") or 0),
        deployment_id=document.get("deploymentId"),
        stage_variable_overrides=dict(document.get("stageVariableOverrides") or {}),
        use_stage_cache=bool(document.get("useStageCache")),
    )


def _templates(document: Mapping[str, str | None] | None) -> dict[str, str]:
    return {content_type: template or "" for content_type, template in (document or {}).items()}


def _booleans(document: Mapping[str, Any] | None) -> dict[str, bool]:
    return {name: value in {True, "true", "True"} for name, value in (document or {}).items()}


def _optional(kind: type[E], value: str | None) -> E | None:
    return kind(value) if value else None


def _time(value: object) -> datetime | None:
    return value if isinstance(value, datetime) else None


_FUNCTION_NAME = re.compile(r":function:([\w-]+)")


def function_name(uri: str | None) -> str | None:
    """Return the name of the function that an integration's or authorizer's URI invokes, None for another URI."""
    arn = lambda_arn(uri)
    matched = _FUNCTION_NAME.search(arn) if arn else None
    return matched.group(1) if matched else None


def invocation_uri(function_arn: str) -> str:
    """Return the URI by which an integration or authorizer invokes a function, in the function's own Region.

    See: https://docs.aws.amazon.com/apigateway/latest/api/API_Integration.html (``uri``)
    """
    _, partition, _, region, *_ = function_arn.split(":")
    return f"arn:{partition}:apigateway:{region}:lambda:path/2015-03-31/functions/{function_arn}/invocations"
