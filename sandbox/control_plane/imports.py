"""Gap: moto imports few OpenAPI documents, and of those half; API Gateway's importer is ``gateway.openapi``.

The parts of the document come into the control plane as if a client had created them one by one.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-import-api.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO
from typing import Any

import botocore.session
import yaml
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from moto.apigateway import models
from moto.apigateway.exceptions import BadRequestException
from moto.apigateway.responses import APIGatewayResponse
from moto.core.request import normalize_request
from werkzeug.exceptions import HTTPException

from gateway.openapi import BasePathMode, Import, OpenApiError, read
from gateway.rest_api import RestApi
from sandbox.control_plane.documents import Answer, answered, path_of, query_of
from sandbox.control_plane.patching import Function, action, extend
from sandbox.deploy_rest_api import Builder, rest_api_parameters

_CREATED = 201
_MODES = ("merge", "overwrite")


def install() -> None:
    """Import documents as API Gateway does."""

    @extend(APIGatewayResponse, "create_rest_api")
    def create_rest_api(original: Function, response: APIGatewayResponse) -> Any:
        return _imported(response) if query_of(response, "mode") == "import" else original(response)

    @action(APIGatewayResponse)
    def import_rest_api(self: APIGatewayResponse) -> Any:
        return _imported(self)

    @action(APIGatewayResponse)
    def put_rest_api(self: APIGatewayResponse) -> Any:
        mode = query_of(self, "mode") or "merge"
        if mode not in _MODES:
            raise BadRequestException(f"Invalid mode '{mode}': must be one of {', '.join(_MODES)}")
        found = _read(self)
        api = self.backend.get_rest_api(path_of(self)[1])
        _set(api, found.rest_api)
        if mode == "overwrite":
            _clear(api)
        builder = _Merging(api=found.rest_api, client=_client(self), rest_api_id=api.id, held=api)
        builder.build()
        return _answer(api, found)


def _imported(response: APIGatewayResponse) -> Any:
    found = _read(response)
    client, imported = _client(response), found.rest_api
    types = query_of(response, "endpointConfigurationTypes")
    if types:
        imported = replace(imported, endpoint_types=tuple(types.split(",")))
    created = client.create_rest_api(**rest_api_parameters(imported))
    Builder(api=imported, client=client, rest_api_id=created["id"]).build()
    return _answer(response.backend.get_rest_api(created["id"]), found, status=_CREATED)


def _answer(api: models.RestAPI, found: Import, *, status: int = 200) -> Answer:
    warnings = {"warnings": list(found.warnings)} if found.warnings else {}
    return answered({**api.to_dict(), **warnings}, status)


def _read(response: APIGatewayResponse) -> Import:
    """Read the document of a request.

    Raises:
        BadRequestException: It is no OpenAPI document, or it has warnings and the request does not allow them.
    """
    body = response.body if isinstance(response.body, str) else bytes(response.body).decode("utf-8", "replace")
    try:
        document = yaml.safe_load(body)
        if not isinstance(document, Mapping):
            raise OpenApiError("the document is not an object")  # noqa: TRY301 - told as any other fault of it
        mode = BasePathMode((query_of(response, "basepath") or BasePathMode.IGNORE).lower())
        found = read(json.loads(json.dumps(document, default=str)), base_path_mode=mode)
    except (OpenApiError, yaml.YAMLError, ValueError) as error:
        raise BadRequestException(f"Invalid OpenAPI input. {' '.join(str(error).split())}") from error
    if found.warnings and (query_of(response, "failonwarnings") or "").lower() == "true":
        listed = "\n\t".join(found.warnings)
        raise BadRequestException(f"Warnings found during import:\n\t{listed}")
    return found


def _set(api: Any, imported: RestApi) -> None:
    """Take over what the document says of the API itself; endpoint, stages and keys stay.

    See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-import-api-update.html
    """
    api.name = imported.name
    api.description = imported.description or api.description
    api.version = imported.version or getattr(api, "version", None)
    api.policy = imported.policy or api.policy
    api.binaryMediaTypes = list(imported.binary_media_types) or getattr(api, "binaryMediaTypes", [])
    api.api_key_source = imported.api_key_source.value
    if imported.minimum_compression_size_bytes is not None:
        api.minimum_compression_size = imported.minimum_compression_size_bytes


def _clear(api: Any) -> None:
    """Remove everything that a document can define; the root stays, without methods."""
    for resource_id, resource in list(api.resources.items()):
        if resource.parent_id is None:
            resource.resource_methods.clear()
        else:
            del api.resources[resource_id]
    for parts in (api.models, api.request_validators, api.authorizers, api.gateway_responses):
        parts.clear()


class _Merging(Builder):
    """Builds into an API that has parts already: what the document defines too makes way, all else stays."""

    def __init__(self, *, held: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._held = held

    def build(self) -> None:
        replaced: dict[str, dict[str, str]] = {}
        for kind, parts, imported in (
            ("authorizer_id", self._held.authorizers, self.api.authorizers),
            ("request_validator_id", self._held.request_validators, self.api.request_validators),
        ):
            replaced[kind] = {part.id: part.name for part in parts.values() if part.name in imported}
            for part_id in replaced[kind]:
                del parts[part_id]
        self._remove_methods()
        super().build()
        self._relink(replaced)

    def makes_way(self, model_name: str) -> bool:
        return model_name in self.api.models

    def _remove_methods(self) -> None:
        by_path = {resource.get_path(): resource for resource in self._held.resources.values()}
        for resource in self.api.resources:
            held = by_path.get(resource.path)
            for method in resource.methods:
                if held is not None:
                    held.resource_methods.pop(method.http_method, None)

    def _relink(self, replaced: Mapping[str, Mapping[str, str]]) -> None:
        """Have methods that stayed refer to the parts that came in place of theirs."""
        ids = {"authorizer_id": self.authorizer_ids, "request_validator_id": self.validator_ids}
        for resource in self._held.resources.values():
            for method in resource.resource_methods.values():
                for kind, names in replaced.items():
                    name = names.get(getattr(method, kind))
                    if name is not None:
                        setattr(method, kind, ids[kind][name])


def _client(response: APIGatewayResponse) -> Any:
    """Return a client whose calls are answered by this control plane itself, for the same caller and Region."""
    session = botocore.session.Session()
    session.set_credentials(response.access_key, "secret")
    client = session.create_client(
        "apigateway", region_name=response.region, endpoint_url=f"https://apigateway.{response.region}.amazonaws.com"
    )
    client.meta.events.register("before-send.apigateway", _in_process)  # type: ignore[arg-type]  # it may answer
    return client


def _in_process(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
    normalized = normalize_request(request)
    try:
        status, headers, body = APIGatewayResponse.dispatch(normalized, normalized.raw_url, normalized.headers)
    except HTTPException as error:
        status, headers, body = error.code, error.get_headers(), error.get_body()
    content = body if isinstance(body, bytes) else str(body).encode()
    told = HTTPHeaders.from_pairs(dict(headers).items())
    return AWSResponse(request.url, int(status or 500), told, _Raw(content))


class _Raw(BytesIO):
    """A body as botocore reads it."""

    def stream(self, **_: Any) -> Any:
        """Yield the body in one piece."""
        content = self.read()
        while content:
            yield content
            content = self.read()
