"""OpenAPI documents with API Gateway's extensions: read into a REST API as its importer does, written as its export.

``read(write(api)).rest_api == api`` holds for everything an OpenAPI document can carry. It cannot carry a model's own
description or a content type other than ``application/json``, and of integration responses with the same selection
pattern it keeps the first.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-import-api.html
"""

from gateway.openapi.base_path import BasePathMode
from gateway.openapi.reader import Import, read
from gateway.openapi.source import OpenApiError
from gateway.openapi.writer import write

__all__ = ["BasePathMode", "Import", "OpenApiError", "read", "write"]
