"""What stands at the top of a document: gateway responses, validators, media types, policy, endpoint, tags.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from gateway.openapi.integrations import without_empty
from gateway.openapi.source import (
    Dialect,
    Source,
    enum_member,
    mapping,
    pointer,
    sequence,
    strings,
    text,
    whole_number,
)
from gateway.rest_api import ApiKeySource, GatewayResponse, GatewayResponseType, RequestValidator, RestApi

_API_KEY_SOURCE = "x-amazon-apigateway-api-key-source"
_BINARY_MEDIA_TYPES = "x-amazon-apigateway-binary-media-types"
_ENDPOINT = "x-amazon-apigateway-endpoint-configuration"
_GATEWAY_RESPONSES = "x-amazon-apigateway-gateway-responses"
_MINIMUM_COMPRESSION_SIZE = "x-amazon-apigateway-minimum-compression-size"
_POLICY = "x-amazon-apigateway-policy"
_TAG_VALUE = "x-amazon-apigateway-tag-value"
_VALIDATORS = "x-amazon-apigateway-request-validators"


def read_request_validators(source: Source) -> dict[str, RequestValidator]:
    """Return the request validators by name."""
    return {
        name: RequestValidator(
            name=name,
            validate_request_body=mapping(document, pointer(_VALIDATORS, name)).get("validateRequestBody") is True,
            validate_request_parameters=mapping(document, pointer(_VALIDATORS, name)).get("validateRequestParameters")
            is True,
        )
        for name, document in mapping(source.document.get(_VALIDATORS), pointer(_VALIDATORS)).items()
    }


def read_gateway_responses(source: Source) -> dict[GatewayResponseType, GatewayResponse]:
    """Return the gateway responses; a type that API Gateway does not know is ignored with a warning."""
    found: dict[GatewayResponseType, GatewayResponse] = {}
    for name, document in mapping(source.document.get(_GATEWAY_RESPONSES), pointer(_GATEWAY_RESPONSES)).items():
        if name not in set(GatewayResponseType):
            source.warn(f"Unsupported gateway response type '{name}'. Ignoring.")
            continue
        where = pointer(_GATEWAY_RESPONSES, name)
        response = source.resolve(document, where)
        status_code = response.get("statusCode")
        kind = GatewayResponseType(name)
        found[kind] = GatewayResponse(
            response_type=kind,
            status_code=None if status_code is None else text(status_code),
            response_parameters=strings(response.get("responseParameters"), f"{where}/responseParameters"),
            response_templates=strings(response.get("responseTemplates"), f"{where}/responseTemplates"),
        )
    return found


def read_api_key_source(source: Source) -> ApiKeySource:
    """Return where API keys are read from."""
    stated = source.document.get(_API_KEY_SOURCE) or ApiKeySource.HEADER
    return enum_member(ApiKeySource, stated, pointer(_API_KEY_SOURCE))


def read_binary_media_types(source: Source) -> tuple[str, ...]:
    """Return the media types that are binary."""
    stated = sequence(source.document.get(_BINARY_MEDIA_TYPES), pointer(_BINARY_MEDIA_TYPES))
    return tuple(text(media_type) for media_type in stated)


def read_minimum_compression_size_bytes(source: Source) -> int | None:
    """Return the size from which answers are compressed."""
    return whole_number(source.document.get(_MINIMUM_COMPRESSION_SIZE), pointer(_MINIMUM_COMPRESSION_SIZE))


def read_policy(source: Source) -> str | None:
    """Return the resource policy as canonical JSON text."""
    stated = source.document.get(_POLICY)
    if isinstance(stated, str):
        try:
            stated = json.loads(stated)
        except ValueError:
            return stated or None
    return None if stated is None else json.dumps(stated, sort_keys=True, separators=(",", ":"))


def read_tags(source: Source) -> dict[str, str]:
    """Return the resource tags: the document's tags that have a value."""
    tags = [mapping(tag, "#/tags") for tag in sequence(source.document.get("tags"), "#/tags")]
    return {text(tag["name"]): text(tag[_TAG_VALUE]) for tag in tags if "name" in tag and _TAG_VALUE in tag}


def read_endpoint(source: Source) -> Mapping[str, Any]:
    """Return the endpoint configuration: of the first server, else of the document (Swagger 2.0)."""
    if source.dialect is Dialect.OPENAPI_3:
        servers = sequence(source.document.get("servers"), "#/servers")
        if len(servers) > 1:
            source.warn(
                "More than one server provided. Ignoring all but the first for defining endpoint configurations"
            )
        first = mapping(servers[0], "#/servers/0") if servers else {}
        if _ENDPOINT in first:
            return mapping(first[_ENDPOINT], pointer("servers", 0, _ENDPOINT))
    return mapping(source.document.get(_ENDPOINT), pointer(_ENDPOINT))


def write_api_settings(api: RestApi) -> dict[str, Any]:
    """Return the keys at the top of a document, without those that say nothing."""
    settings = {
        "servers": _written_servers(api),
        "tags": [{"name": name, _TAG_VALUE: value} for name, value in api.tags.items()],
        _API_KEY_SOURCE: None if api.api_key_source is ApiKeySource.HEADER else api.api_key_source.value,
        _BINARY_MEDIA_TYPES: list(api.binary_media_types),
        _MINIMUM_COMPRESSION_SIZE: api.minimum_compression_size_bytes,
        _POLICY: _written_policy(api.policy),
        _VALIDATORS: {
            name: {
                "validateRequestBody": validator.validate_request_body,
                "validateRequestParameters": validator.validate_request_parameters,
            }
            for name, validator in api.request_validators.items()
        },
    }
    responses = {str(kind): _written_gateway_response(response) for kind, response in api.gateway_responses.items()}
    return without_empty({**settings, _GATEWAY_RESPONSES: responses})


def _written_gateway_response(response: GatewayResponse) -> dict[str, Any]:
    return without_empty(
        {
            "statusCode": response.status_code,
            "responseParameters": dict(response.response_parameters),
            "responseTemplates": dict(response.response_templates),
        }
    )


def _written_servers(api: RestApi) -> list[dict[str, Any]]:
    endpoint = without_empty(
        {
            "types": None if api.endpoint_types == ("EDGE",) else list(api.endpoint_types),
            "disableExecuteApiEndpoint": True if api.disable_execute_api_endpoint else None,
            "vpcEndpointIds": list(api.vpc_endpoint_ids),
        }
    )
    return [{"url": "/", _ENDPOINT: endpoint}] if endpoint else []


def _written_policy(policy: str | None) -> object:
    try:
        return None if policy is None else json.loads(policy)
    except ValueError:
        return policy
