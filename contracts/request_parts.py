"""The parts of an observed request that rules look at: its path below the stage, and the values of its parameters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from contracts.evidence import Configuration, Exchange
from contracts.operation import Operation, Parameter
from gateway.routing import match

_REDACTED = "redacted:"
_NUMBERS = {"integer", "number"}
_EXECUTE_API = re.compile(r"[a-z0-9]+(-vpce-[a-z0-9]+)?\.execute-api\.[\w.-]+")


def path_below_stage(exchange: Exchange, configuration: Configuration) -> str | None:
    """Return the raw path of a request below its stage, None where it was sent somewhere else."""
    base = urlsplit(configuration.metadata.invoke_url).path.rstrip("/")
    path = urlsplit(exchange.request.url).path
    if not path.startswith(base) or path[len(base) :][:1] not in {"", "/"}:
        return None
    return path[len(base) :] or "/"


def custom_domain(configuration: Configuration) -> str | None:
    """Return the custom domain that a stage was called by; None for ``execute-api`` and for an endpoint of one's own.

    A URL that lies at the run's own AWS endpoint (a sandbox) is no custom domain.
    """
    metadata = configuration.metadata
    host = urlsplit(metadata.invoke_url).hostname or ""
    if not host or _EXECUTE_API.fullmatch(host):
        return None
    return None if metadata.endpoint_url and host == urlsplit(metadata.endpoint_url).hostname else host


def is_execute_api(url: str) -> bool:
    """Return whether a URL names API Gateway's default endpoint."""
    return _EXECUTE_API.fullmatch(urlsplit(url).hostname or "") is not None


def is_owed(header_name: str, exchange: Exchange) -> bool:
    """Return whether an answer owes a promised header: those of CORS are for requests that name an origin."""
    return not header_name.lower().startswith("access-control-") or "origin" in exchange.request.headers


def values_sent(exchange: Exchange, operation: Operation, path: str | None) -> Iterator[tuple[Parameter, str]]:
    """Give each declared parameter with each value that a request gave it, decoded; redacted values are left out.

    Args:
        exchange: The request.
        operation: The operation that it addressed.
        path: Its raw path below the stage, None where it is not known.
    """
    query = parse_qsl(urlsplit(exchange.request.url).query, keep_blank_values=True)
    segments = [] if path in {None, "/"} else (path or "").removeprefix("/").split("/")
    matched = match(operation.resource_path, segments)
    in_path = {} if matched is None else matched[1]
    for parameter in operation.parameters:
        if parameter.location == "query":
            values = [value for name, value in query if name == parameter.name]
        elif parameter.location == "header":
            values = [value.strip() for value in exchange.request.headers.get_all(parameter.name)]
        else:
            values = [in_path[parameter.name]] if parameter.name in in_path and parameter.location == "path" else []
        yield from ((parameter, value) for value in values if _REDACTED not in unquote(value))


def parameter_fault(parameter: Parameter, text: str, document: Mapping[str, Any]) -> str | None:
    """Say why the contract refuses a parameter's value; None where it allows it, or where that cannot be told.

    Lists, objects and booleans are written in many ways and are not judged, nor what may be of several types.
    """
    schema = resolved_schema(parameter.schema, document)
    kind = schema.get("type", "string")
    if not isinstance(kind, str) or kind not in {"string", *_NUMBERS}:
        return None
    if "enum" in schema and text not in {str(value) for value in schema["enum"]}:
        return "is none of the enum"
    return _number_fault(schema, text) if kind in _NUMBERS else _text_fault(schema, text)


def resolved_schema(schema: Mapping[str, Any], document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a schema, or what its local ``$ref`` points at."""
    found: Any = schema
    for _ in range(10):
        reference = found.get("$ref") if isinstance(found, Mapping) else None
        if not isinstance(reference, str) or not reference.startswith("#/"):
            break
        found = document
        for part in reference[2:].split("/"):
            found = found.get(part.replace("~1", "/").replace("~0", "~"), {}) if isinstance(found, Mapping) else {}
    return found if isinstance(found, Mapping) else {}


def _number_fault(schema: Mapping[str, Any], text: str) -> str | None:
    try:
        value = float(text)
    except ValueError:
        return f"is no {schema['type']}"
    if "minimum" in schema and value < schema["minimum"]:
        return f"is below the minimum {schema['minimum']}"
    if "maximum" in schema and value > schema["maximum"]:
        return f"is above the maximum {schema['maximum']}"
    return None


def _text_fault(schema: Mapping[str, Any], text: str) -> str | None:
    if len(text) < schema.get("minLength", 0):
        return f"is shorter than {schema['minLength']}"
    if len(text) > schema.get("maxLength", len(text)):
        return f"is longer than {schema['maxLength']}"
    try:
        fits = re.search(schema.get("pattern", ""), text) is not None
    except re.error:
        return None
    return None if fits else f"does not match {schema['pattern']}"
