"""An OpenAPI document under reading: its references, its version, and what the importer warns of."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from gateway.errors import StageproofError

HTTP_METHODS = ("get", "put", "post", "delete", "options", "head", "patch")
"""The operations of a path item that API Gateway imports, in lower case."""

ANY_METHOD = "x-amazon-apigateway-any-method"
_LONGEST_CHAIN = 100

E = TypeVar("E", bound=StrEnum)


class OpenApiError(StageproofError):
    """The document is not an OpenAPI document that can be read."""

    slug = "openapi"


class Dialect(StrEnum):
    """The two shapes of an OpenAPI document."""

    SWAGGER_2 = "Swagger 2.0"
    OPENAPI_3 = "OpenAPI 3"


def dialect_of(document: Mapping[str, object]) -> Dialect:
    """Return the shape of a document.

    Raises:
        OpenApiError: If it is neither Swagger 2.0 nor OpenAPI 3.
    """
    if "openapi" in document:
        version = str(document["openapi"])
        if re.match(r"3\.\d", version):
            return Dialect.OPENAPI_3
        raise OpenApiError(f"OpenAPI version {version!r} is not known; write 3.0 or 3.1")
    if "swagger" in document:
        if str(document["swagger"]) == "2.0":
            return Dialect.SWAGGER_2
        raise OpenApiError(f"Swagger version {document['swagger']!r} is not known; write 2.0")
    raise OpenApiError("not an OpenAPI document: neither 'openapi' nor 'swagger' stands at its top")


def pointer(*parts: object) -> str:
    """Return a JSON pointer into the document, as a reference writes it: ``#/paths/~1users``."""
    return "#/" + "/".join(str(part).replace("~", "~0").replace("/", "~1") for part in parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A document with its dialect; ``warnings`` gathers what the importer leaves out."""

    document: Mapping[str, Any]
    dialect: Dialect
    warnings: list[str] = field(default_factory=list)

    def warn(self, message: str) -> None:
        """Note something that is left out, once."""
        if message not in self.warnings:
            self.warnings.append(message)

    def section(self, name: str) -> Mapping[str, Any]:
        """Return shared parts by their OpenAPI 3 name (``schemas``, ``securitySchemes``, ``responses`` …)."""
        if self.dialect is Dialect.SWAGGER_2:
            swagger_names = {"schemas": "definitions", "securitySchemes": "securityDefinitions"}
            name = swagger_names.get(name, name)
            return mapping(self.document.get(name), pointer(name))
        components = mapping(self.document.get("components"), pointer("components"))
        return mapping(components.get(name), pointer("components", name))

    @property
    def schema_prefix(self) -> str:
        """What a reference to a shared schema begins with."""
        return "#/definitions/" if self.dialect is Dialect.SWAGGER_2 else "#/components/schemas/"

    def resolve(self, value: object, where: str) -> Mapping[str, Any]:
        """Return an object, followed through references to shared parts.

        Raises:
            OpenApiError: If a reference leads nowhere, out of the document or in a circle, or to something else.
        """
        for _ in range(_LONGEST_CHAIN):
            found = mapping(value, where)
            reference = found.get("$ref")
            if not isinstance(reference, str):
                return found
            value = self.target(reference, where)
        raise OpenApiError(f"{where}: its $ref leads in a circle")

    def target(self, reference: str, where: str) -> Any:
        """Return what a reference points to.

        Raises:
            OpenApiError: If it leads nowhere or out of the document.
        """
        if not reference.startswith("#/"):
            raise OpenApiError(f"{where}: $ref {reference!r} leads out of the document; bundle it into one document")
        value: Any = self.document
        for part in reference[2:].split("/"):
            key = _unescape(part)
            if isinstance(value, Mapping) and key in value:
                value = value[key]
            elif isinstance(value, list) and key.isdigit() and int(key) < len(value):
                value = value[int(key)]
            else:
                raise OpenApiError(f"{where}: $ref {reference!r} leads nowhere{_nearest(key, value)}")
        return value


def mapping(value: object, where: str) -> Mapping[str, Any]:
    """Return an object of the document; an absent one (null) is empty.

    Raises:
        OpenApiError: If it is something else.
    """
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise OpenApiError(f"{where}: must be an object, not {_kind(value)}")
    return value


def sequence(value: object, where: str) -> Sequence[Any]:
    """Return a list of the document; an absent one (null) is empty.

    Raises:
        OpenApiError: If it is something else.
    """
    if value is None:
        return []
    if not isinstance(value, list | tuple):
        raise OpenApiError(f"{where}: must be a list, not {_kind(value)}")
    return value


def strings(value: object, where: str) -> dict[str, str]:
    """Return an object whose values become text: null is empty, an object is JSON."""
    return {str(key): text(item) for key, item in mapping(value, where).items()}


def text(value: object) -> str:
    """Return a scalar as text; objects and lists as JSON."""
    if value is None:
        return ""
    is_json = isinstance(value, bool | int | float | list | dict)
    return json.dumps(value, default=str) if is_json else str(value)


def optional_text(value: object) -> str | None:
    """Return a scalar as text; null and the empty text are None."""
    return None if value is None or value == "" else text(value)


def needed_text(document: Mapping[str, Any], key: str, where: str) -> str:
    """Return a text that a part must have.

    Raises:
        OpenApiError: If it is absent or something else.
    """
    value = document.get(key)
    if not isinstance(value, str) or not value:
        raise OpenApiError(f"{where}: needs {key!r}, a text")
    return value


def whole_number(value: object, where: str) -> int | None:
    """Return a whole number, also where it is written as text; an absent one (null) is None.

    Raises:
        OpenApiError: If it is something else.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not re.fullmatch(r"\d{1,9}", str(value)):
        raise OpenApiError(f"{where}: must be a whole number, not {text(value)[:40]!r}")
    return int(str(value))


def enum_member(kind: type[E], value: object, where: str) -> E:
    """Return the member of an enum, written in upper or lower case.

    Raises:
        OpenApiError: If there is none; the message names those there are.
    """
    for member in kind:
        if member.value == str(value).upper():
            return member
    raise OpenApiError(f"{where}: {value!r} is not allowed; write one of {', '.join(kind)}")


def operations(source: Source) -> Iterator[tuple[str, str, Mapping[str, Any], Mapping[str, Any]]]:
    """Yield path, HTTP method (``ANY`` for the any-method), operation and path item of every operation."""
    for path, item in mapping(source.document.get("paths"), "#/paths").items():
        if not path.startswith("/"):
            continue
        path_item = source.resolve(item, pointer("paths", path))
        for key in (*HTTP_METHODS, ANY_METHOD):
            if key in path_item:
                http_method = "ANY" if key == ANY_METHOD else key.upper()
                yield path, http_method, mapping(path_item[key], pointer("paths", path, key)), path_item


def _unescape(part: str) -> str:
    return (
        re.sub(r"%([0-9A-Fa-f]{2})", lambda found: chr(int(found[1], 16)), part).replace("~1", "/").replace("~0", "~")
    )


def _nearest(key: str, siblings: object) -> str:
    known = [str(name) for name in siblings] if isinstance(siblings, Mapping) else []
    found = difflib.get_close_matches(key, known, n=1)
    return f"; did you mean {found[0]!r}?" if found else ""


def _kind(value: object) -> str:
    names: tuple[tuple[type, str], ...] = ((bool, "true or false"), (str, "text"), (int, "a number"), (list, "a list"))
    return next((name for kind, name in names if isinstance(value, kind)), type(value).__name__)
