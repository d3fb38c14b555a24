"""Write a REST API as an OpenAPI 3 document with every extension, as API Gateway exports it."""

from __future__ import annotations

from typing import Any

from gateway.openapi.api_settings import write_api_settings
from gateway.openapi.integrations import without_empty
from gateway.openapi.methods import write_method
from gateway.openapi.schemas import document_schema
from gateway.openapi.security import write_security_schemes
from gateway.openapi.source import ANY_METHOD
from gateway.rest_api import Model, RestApi


def write(api: RestApi, *, version: str = "oas30") -> dict[str, object]:
    """Return an API as an OpenAPI document with integrations, authorizers, validators and gateway responses.

    Args:
        api: The API.
        version: The export type, ``oas30``.

    Raises:
        ValueError: If another version is asked for.
        OpenApiError: If the schema of a model is not JSON.

    See: https://docs.aws.amazon.com/apigateway/latest/api/API_GetExport.html
    """
    if version != "oas30":
        raise ValueError(f"only oas30 can be written, not {version!r}")
    info = {"title": api.name, "description": api.description, "version": api.version}
    components: dict[str, Any] = {
        "schemas": {name: document_schema(model) for name, model in {**_default_models(api), **api.models}.items()},
        "securitySchemes": write_security_schemes(api),
    }
    return {
        "openapi": "3.0.1",
        "info": {key: value for key, value in info.items() if value is not None},
        **write_api_settings(api),
        "paths": {
            resource.path: {
                ANY_METHOD if method.http_method == "ANY" else method.http_method.lower(): write_method(api, method)
                for method in resource.methods
            }
            for resource in api.resources
        },
        "components": without_empty(components),
    }


def _default_models(api: RestApi) -> dict[str, Model]:
    """Return API Gateway's own models that methods use: every API has them, and an export defines what it refers to."""
    methods = [method for resource in api.resources for method in resource.methods]
    used = {name for method in methods for name in method.request_models.values()}
    answers = [answer for method in methods for answer in method.method_responses]
    used |= {name for answer in answers for name in answer.response_models.values()}
    return {name: Model(name=name, schema=schema) for name, schema in _DEFAULT_MODELS.items() if name in used}


_DEFAULT_MODELS = {
    "Empty": '{"title":"Empty Schema","type":"object"}',
    "Error": '{"properties":{"message":{"type":"string"}},"title":"Error Schema","type":"object"}',
}
