"""Gap: moto drops ``version`` and ``binaryMediaTypes`` of CreateRestApi, and patches only some properties.

See: https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateRestApi.html
"""

from __future__ import annotations

from typing import Any

from moto.apigateway import models
from moto.apigateway.responses import APIGatewayResponse

from sandbox.control_plane.documents import (
    Kind,
    Operation,
    Property,
    amended,
    apply_operations,
    parameters_of,
    parts_of,
)
from sandbox.control_plane.patching import Function, extend

_PROPERTIES = {
    "name": Property(attribute="name"),
    "description": Property(attribute="description"),
    "version": Property(attribute="version"),
    "apiKeySource": Property(attribute="api_key_source"),
    "binaryMediaTypes": Property(attribute="binaryMediaTypes", kind=Kind.LIST),
    "disableExecuteApiEndpoint": Property(attribute="disableExecuteApiEndpoint", kind=Kind.BOOLEAN),
    "policy": Property(attribute="policy"),
    "minimumCompressionSize": Property(attribute="minimum_compression_size", kind=Kind.INTEGER),
}


def install() -> None:
    """Keep what CreateRestApi was given, and patch every property."""

    @extend(APIGatewayResponse, "create_rest_api")
    def create_rest_api(original: Function, response: APIGatewayResponse) -> Any:
        parameters = parameters_of(response)

        def keep(document: dict[str, Any]) -> None:
            api = response.backend.apis[document["id"]]
            api.version = parameters.get("version")
            api.binaryMediaTypes = list(parameters.get("binaryMediaTypes") or ())
            document.update(api.to_dict())

        return amended(original(response), keep)

    @extend(models.RestAPI, "apply_patch_operations")
    def apply_patch_operations(_original: Function, api: models.RestAPI, operations: list[Operation]) -> None:
        for operation in operations:
            if parts_of(operation["path"])[:2] == ("endpointConfiguration", "types"):
                api.endpoint_configuration = {**api.endpoint_configuration, "types": [operation["value"]]}
            else:
                apply_operations(api, [operation], _PROPERTIES)
