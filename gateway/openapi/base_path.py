"""What an import makes of the base path of a document: nothing, more resources, or all but a stage.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-import-api-basePath.html
"""

from __future__ import annotations

import re
from enum import StrEnum
from urllib.parse import urlsplit

from gateway.openapi.source import Dialect, Source, mapping, sequence, text

_VARIABLE = re.compile(r"\{([^{}]+)\}")


class BasePathMode(StrEnum):
    """The import parameter ``basepath``."""

    IGNORE = "ignore"
    PREPEND = "prepend"
    SPLIT = "split"


def prefix_of(source: Source, mode: BasePathMode) -> str:
    """Return what stands before every path: ``/a/b`` for a base path that is prepended, ``/b`` for one that is split.

    In OpenAPI 3 the base path is the path of the first server, its variables at their defaults.
    """
    if mode is BasePathMode.IGNORE:
        return ""
    parts = [part for part in _base_path(source).split("/") if part]
    kept = parts[1:] if mode is BasePathMode.SPLIT else parts
    return "".join(f"/{part}" for part in kept)


def _base_path(source: Source) -> str:
    if source.dialect is Dialect.SWAGGER_2:
        return text(source.document.get("basePath"))
    servers = sequence(source.document.get("servers"), "#/servers")
    first = mapping(servers[0], "#/servers/0") if servers else {}
    variables = mapping(first.get("variables"), "#/servers/0/variables")

    def default(match: re.Match[str]) -> str:
        return text(mapping(variables.get(match[1]), "#/servers/0/variables").get("default"))

    return urlsplit(_VARIABLE.sub(default, text(first.get("url")))).path
