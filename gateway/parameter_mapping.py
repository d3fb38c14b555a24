"""Parameter mapping: the expressions that carry values from one step to the next.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway import choices
from gateway.messages import Headers
from gateway.vtl.errors import JavaError
from gateway.vtl.json_path import PathNotFound, read_path

_REQUEST = "method.request."
_RESPONSE = "integration.response."


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSource:
    """What ``method.request.*`` reads. ``declared``: the method's request parameters; None lets everything through."""

    path_parameters: Mapping[str, str] = field(default_factory=dict)
    query: tuple[tuple[str, str], ...] = ()
    headers: Headers = field(default_factory=Headers)
    body: str = ""
    declared: Mapping[str, bool] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseSource:
    """What ``integration.response.*`` reads."""

    headers: Headers = field(default_factory=Headers)
    body: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingSource:
    """Everything a mapping expression can read; ``response`` is None on the way in."""

    request: RequestSource = field(default_factory=RequestSource)
    response: ResponseSource | None = None
    context: Mapping[str, str] = field(default_factory=dict)
    stage_variables: Mapping[str, str] = field(default_factory=dict)


def resolve(expression: str, source: MappingSource) -> tuple[str, ...]:
    """Evaluate a mapping expression.

    Args:
        expression: ``'static'``, ``method.request.{path,querystring,header,multivalue…}.x``, ``method.request.body.x``,
            ``integration.response.…``, ``context.x`` or ``stageVariables.x``.
        source: What it reads from.

    Returns:
        The values: none where there is no such value, several only for a multi-value expression.
    """
    if expression.startswith("'") and expression.endswith("'"):
        return (expression[1:-1],)
    if expression.startswith("context."):
        return _optional(source.context.get(expression.removeprefix("context.")))
    if expression.startswith("stageVariables."):
        return _optional(source.stage_variables.get(expression.removeprefix("stageVariables.")))
    if expression.startswith(_REQUEST):
        return _from_request(expression.removeprefix(_REQUEST), source.request)
    if expression.startswith(_RESPONSE) and source.response is not None:
        return _from_response(expression.removeprefix(_RESPONSE), source.response)
    return ()


def mapped(parameters: Mapping[str, str], prefix: str, source: MappingSource) -> dict[str, tuple[str, ...]]:
    """Evaluate all entries whose destination begins with ``prefix``; names without a value are left out."""
    resolved = {
        name.removeprefix(prefix): resolve(expression, source)
        for name, expression in parameters.items()
        if name.startswith(prefix)
    }
    return {name: values for name, values in resolved.items() if values}


def _optional(value: str | None) -> tuple[str, ...]:
    return () if value is None else (value,)


def _from_request(name: str, request: RequestSource) -> tuple[str, ...]:
    place, _, key = name.partition(".")
    reader = _REQUEST_READERS.get(place)
    if reader is None or (key and not _declared(place, key, request.declared)):
        return ()
    return reader(key, request)


def _declared(place: str, key: str, declared: Mapping[str, bool] | None) -> bool:
    if declared is None or place == "body":
        return True
    if place == "path" and choices.PATH_PARAMETERS_NEED_NO_DECLARATION:
        return True
    wanted = f"{_REQUEST}{place.removeprefix('multivalue')}.{key}"
    if f"{_REQUEST}{place}.{key}" in declared or wanted in declared:
        return True
    folded = not choices.HEADER_NAMES_ARE_CASE_SENSITIVE and place.endswith("header")
    return folded and any(known.lower() == wanted.lower() for known in declared)


def _header(key: str, headers: Headers) -> tuple[str, ...]:
    if choices.HEADER_NAMES_ARE_CASE_SENSITIVE:
        return tuple(value for name, value in headers.items() if name == key)
    return headers.get_all(key)


def _query(key: str, request: RequestSource) -> tuple[str, ...]:
    return tuple(value for name, value in request.query if name == key)


_REQUEST_READERS: dict[str, Callable[[str, RequestSource], tuple[str, ...]]] = {
    "path": lambda key, request: _optional(request.path_parameters.get(key)),
    "querystring": lambda key, request: _query(key, request)[-1:],
    "multivaluequerystring": _query,
    "header": lambda key, request: _header(key, request.headers)[-1:],
    "multivalueheader": lambda key, request: _header(key, request.headers),
    "body": lambda key, request: _body(key, request.body),
}


def _from_response(name: str, response: ResponseSource) -> tuple[str, ...]:
    place, _, key = name.partition(".")
    if place == "header":
        return response.headers.get_all(key)[-1:]
    if place == "multivalueheader":
        return response.headers.get_all(key)
    return _body(key, response.body) if place == "body" else ()


def _body(path: str, body: str) -> tuple[str, ...]:
    """Read the whole body, or the value at a JSONPath (with or without ``$.``); what is no text prints as JSON."""
    if not path:
        return (body,)
    try:
        document = json.loads(body)
    except ValueError:
        return ()
    value = _at(document, path)
    if value is None:
        return ()
    return (value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False),)


def _at(document: Any, path: str) -> Any:
    try:
        return read_path(document, path if path.startswith("$") else f"$.{path}")
    except (PathNotFound, JavaError):
        return None
