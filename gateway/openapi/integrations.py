"""The ``x-amazon-apigateway-integration`` extension, read and written.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.openapi.source import (
    OpenApiError,
    Source,
    enum_member,
    mapping,
    optional_text,
    sequence,
    strings,
    text,
    whole_number,
)
from gateway.rest_api import (
    DEFAULT_TIMEOUT_MS,
    ConnectionType,
    ContentHandling,
    Integration,
    IntegrationResponse,
    IntegrationType,
    PassthroughBehavior,
)

EXTENSION = "x-amazon-apigateway-integration"
_DEFAULT = "default"


def read_integration(source: Source, operation: Mapping[str, Any], where: str) -> Integration | None:
    """Return the integration of an operation; None where it has none.

    Raises:
        OpenApiError: If the type is missing or a value is not one of API Gateway's.
    """
    if operation.get(EXTENSION) is None:
        return None
    where = f"{where}/{EXTENSION}"
    found = source.resolve(operation[EXTENSION], where)
    if "type" not in found:
        raise OpenApiError(f"{where}: has no 'type'; write one of {', '.join(IntegrationType)}")
    http_method = found.get("httpMethod")
    timeout_ms = whole_number(found.get("timeoutInMillis"), f"{where}/timeoutInMillis")
    return Integration(
        integration_type=enum_member(IntegrationType, found["type"], f"{where}/type"),
        http_method=None if http_method is None else str(http_method).upper(),
        uri=optional_text(found.get("uri")),
        credentials=optional_text(found.get("credentials")),
        connection_type=enum_member(
            ConnectionType, found.get("connectionType") or ConnectionType.INTERNET, f"{where}/connectionType"
        ),
        connection_id=optional_text(found.get("connectionId")),
        request_parameters=strings(found.get("requestParameters"), f"{where}/requestParameters"),
        request_templates=strings(found.get("requestTemplates"), f"{where}/requestTemplates"),
        passthrough_behavior=enum_member(
            PassthroughBehavior,
            found.get("passthroughBehavior") or PassthroughBehavior.WHEN_NO_MATCH,
            f"{where}/passthroughBehavior",
        ),
        content_handling=_content_handling(found, where),
        timeout_ms=DEFAULT_TIMEOUT_MS if timeout_ms is None else timeout_ms,
        cache_namespace=optional_text(found.get("cacheNamespace")),
        cache_key_parameters=tuple(
            text(name) for name in sequence(found.get("cacheKeyParameters"), f"{where}/cacheKeyParameters")
        ),
        insecure_skip_verification=bool(
            mapping(found.get("tlsConfig"), f"{where}/tlsConfig").get("insecureSkipVerification")
        ),
        integration_responses=_responses(source, found, where),
    )


def _responses(source: Source, integration: Mapping[str, Any], where: str) -> tuple[IntegrationResponse, ...]:
    """Return the integration responses; API Gateway keeps one for each status code, in their order."""
    by_status: dict[str, IntegrationResponse] = {}
    for pattern, document in mapping(integration.get("responses"), f"{where}/responses").items():
        here = f"{where}/responses/{pattern}"
        found = source.resolve(document, here)
        if found.get("statusCode") is None:
            raise OpenApiError(f"{here}: has no 'statusCode'")
        status_code = text(found["statusCode"])
        if status_code in by_status:
            source.warn(f"{here}: another integration response has status code {status_code} too. Keeping the last.")
        by_status[status_code] = IntegrationResponse(
            status_code=status_code,
            selection_pattern=None if pattern in {_DEFAULT, ""} else pattern,
            response_parameters=strings(found.get("responseParameters"), f"{here}/responseParameters"),
            response_templates=strings(found.get("responseTemplates"), f"{here}/responseTemplates"),
            content_handling=_content_handling(found, here),
        )
    return tuple(by_status[status_code] for status_code in sorted(by_status))


def write_integration(integration: Integration) -> dict[str, Any]:
    """Return the extension of an integration; of two responses with one pattern the first is written."""
    written: dict[str, Any] = {
        "type": integration.integration_type.value.lower(),
        "httpMethod": integration.http_method,
        "uri": integration.uri,
        "credentials": integration.credentials,
        "connectionType": None
        if integration.connection_type is ConnectionType.INTERNET
        else integration.connection_type.value,
        "connectionId": integration.connection_id,
        "requestParameters": dict(integration.request_parameters),
        "requestTemplates": dict(integration.request_templates),
        "passthroughBehavior": integration.passthrough_behavior.value.lower(),
        "contentHandling": integration.content_handling and integration.content_handling.value,
        "timeoutInMillis": integration.timeout_ms,
        "cacheNamespace": integration.cache_namespace,
        "cacheKeyParameters": list(integration.cache_key_parameters),
        "tlsConfig": {"insecureSkipVerification": True} if integration.insecure_skip_verification else None,
        "responses": _written_responses(integration.integration_responses),
    }
    return without_empty(written)


def _written_responses(responses: tuple[IntegrationResponse, ...]) -> dict[str, Any]:
    written: dict[str, Any] = {}
    for response in responses:
        document = {
            "statusCode": response.status_code,
            "responseParameters": dict(response.response_parameters),
            "responseTemplates": dict(response.response_templates),
            "contentHandling": response.content_handling and response.content_handling.value,
        }
        written.setdefault(response.selection_pattern or _DEFAULT, without_empty(document))
    return written


def without_empty(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document without what says nothing: null, empty objects and empty lists."""
    return {key: value for key, value in document.items() if value is not None and value not in ({}, [])}


def _content_handling(document: Mapping[str, Any], where: str) -> ContentHandling | None:
    value = document.get("contentHandling")
    return enum_member(ContentHandling, value, f"{where}/contentHandling") if value else None
