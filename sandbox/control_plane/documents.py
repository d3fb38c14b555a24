"""The patch operations and answers of the control plane, shared by the gaps.

See: https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any
from urllib.parse import unquote

from moto.apigateway.exceptions import BadRequestException
from moto.apigateway.responses import APIGatewayResponse

Operation = Mapping[str, Any]
Answer = tuple[int, dict[str, Any], str]


class Kind(Enum):
    """What a patched property holds."""

    TEXT = auto()
    BOOLEAN = auto()
    INTEGER = auto()
    NUMBER = auto()
    LIST = auto()
    TEXTS = auto()
    BOOLEANS = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """A property of a document: the attribute of the moto object that holds it, and its kind."""

    attribute: str
    kind: Kind = Kind.TEXT


def parts_of(path: str) -> tuple[str, ...]:
    """Return the unescaped parts of a patch path (``/requestModels/application~1json``)."""
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in path.lstrip("/").split("/"))


def apply_operations(target: object, operations: Iterable[Operation], properties: Mapping[str, Property]) -> None:
    """Apply patch operations to a moto object.

    Raises:
        BadRequestException: A path names no property.
    """
    for operation in operations:
        name, *rest = parts_of(operation["path"])
        if name not in properties:
            allowed = ", ".join(f"/{known}" for known in sorted(properties))
            message = f"Invalid patch path '{operation['path']}' specified for op '{operation['op']}'. "
            raise BadRequestException(f"{message}Must be one of: [{allowed}]")
        _apply(target, operation, properties[name], "/".join(rest))


def _apply(target: object, operation: Operation, known: Property, key: str) -> None:
    removes, value = operation["op"] == "remove", operation.get("value")
    held = getattr(target, known.attribute, None)
    if known.kind is Kind.LIST:
        setattr(target, known.attribute, _patched_list(list(held or ()), operation["op"], key, value))
    elif known.kind in {Kind.TEXTS, Kind.BOOLEANS}:
        kept = {name: old for name, old in (held or {}).items() if name != key}
        added = {} if removes or not key else {key: converted(value, known.kind)}
        setattr(target, known.attribute, {} if removes and not key else kept | added)
    else:
        setattr(target, known.attribute, None if removes else converted(value, known.kind))


def _patched_list(items: list[str], operation: str, key: str, value: str | None) -> list[str]:
    if operation == "remove":
        return [item for item in items if item != (key or value)]
    if operation == "replace" and key:
        return [value or key if item == key else item for item in items]
    return [*items, key or value or ""]


def converted(value: Any, kind: Kind) -> Any:
    """Return a patch's text as the value that the property holds."""
    if kind in {Kind.BOOLEAN, Kind.BOOLEANS}:
        return str(value).lower() == "true"
    if kind is Kind.INTEGER:
        return int(value)
    if kind is Kind.NUMBER:
        return float(value)
    return value if value is not None else ""


def parameters_of(response: APIGatewayResponse) -> dict[str, Any]:
    """Return the JSON document of a request's body; an empty one for no body."""
    return dict(json.loads(response.body)) if response.body else {}


def operations_of(response: APIGatewayResponse) -> list[Operation]:
    """Return the patch operations of a request."""
    return list(parameters_of(response).get("patchOperations") or ())


def path_of(response: APIGatewayResponse) -> list[str]:
    """Return the unquoted parts of a request's path (``restapis``, the API's identifier, …)."""
    return [unquote(part) for part in response.path.strip("/").split("/")]


def query_of(response: APIGatewayResponse, name: str) -> str | None:
    """Return one value of the query string, None without it."""
    values = response.querystring.get(name)
    return values[0] if isinstance(values, list) and values else None


def answered(document: object, status: int = 200) -> Answer:
    """Return an answer of the control plane."""
    return status, {"status": status}, json.dumps(document)


def amended(answer: Any, change: Callable[[dict[str, Any]], None]) -> Any:
    """Return moto's answer with its document changed; an error stays as it is."""
    body = answer if isinstance(answer, str) else answer[2]
    document = json.loads(body)
    if "__type" in document:
        return answer
    change(document)
    return json.dumps(document) if isinstance(answer, str) else (answer[0], answer[1], json.dumps(document))
