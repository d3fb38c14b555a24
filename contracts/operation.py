"""An operation of the contract: what may be asked, and what may be answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ANY = "ANY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A declared parameter. ``location`` is OpenAPI's (``path``, ``query``, ``header``, ``cookie``, ``formData``).

    ``declaration`` is the whole parameter object, for ``style``, ``explode``, ``example`` and the like.
    """

    name: str
    location: str
    required: bool = False
    schema: Mapping[str, Any] = field(default_factory=dict)
    declaration: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestBody:
    """A declared request body. ``schemas`` maps a content type to its schema, None where none is declared."""

    required: bool = False
    schemas: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredHeader:
    """A declared header of a response."""

    required: bool = False
    schema: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredResponse:
    """A declared response. ``status`` is as written: ``200``, ``4XX`` or ``default``.

    ``schemas`` maps a content type to its schema, None where none is declared. Schemas are the document's own objects;
    a ``$ref`` in them points into the document.
    """

    status: str
    description: str = ""
    schemas: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, DeclaredHeader] = field(default_factory=dict)

    def header(self, name: str) -> DeclaredHeader | None:
        """Return a declared header, without regard to case, or None."""
        return next((header for key, header in self.headers.items() if key.lower() == name.lower()), None)

    def schema_for(self, media_type: str) -> Any:
        """Return the schema for a content type: the exact one, else ``type/*``, else ``*/*``, else None."""
        plain = {_plain(key): schema for key, schema in self.schemas.items()}
        wanted = _plain(media_type)
        for candidate in (wanted, f"{wanted.split('/', 1)[0]}/*", "*/*"):
            if candidate in plain:
                return plain[candidate]
        return None

    def allows(self, media_type: str) -> bool:
        """Return whether a content type is declared; a response without content declares none."""
        wanted = _plain(media_type)
        candidates = {wanted, f"{wanted.split('/', 1)[0]}/*", "*/*"}
        return any(_plain(key) in candidates for key in self.schemas)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """An operation. ``http_method`` is ``ANY`` for ``x-amazon-apigateway-any-method``.

    ``resource_path`` is the resource as API Gateway names it, ``path`` the key as the document writes it. ``security``
    holds the alternatives as OpenAPI means them, those of the document where the operation names none. ``extensions``
    holds every ``x-`` key of the operation.
    """

    resource_path: str
    http_method: str
    path: str
    operation_id: str | None = None
    parameters: tuple[Parameter, ...] = ()
    request_body: RequestBody | None = None
    responses: Mapping[str, DeclaredResponse] = field(default_factory=dict)
    security: tuple[Mapping[str, tuple[str, ...]], ...] = ()
    extensions: Mapping[str, Any] = field(default_factory=dict)
    deprecated: bool = False

    @property
    def name(self) -> str:
        """The name in reports and in globs: ``POST /users``."""
        return f"{self.http_method} {self.resource_path}"

    @property
    def request_media_types(self) -> tuple[str, ...]:
        """The content types a request body may have."""
        return () if self.request_body is None else tuple(self.request_body.schemas)

    @property
    def response_media_types(self) -> tuple[str, ...]:
        """The content types an answer may have, over all statuses."""
        return tuple(dict.fromkeys(kind for response in self.responses.values() for kind in response.schemas))

    def response_for(self, status: int) -> DeclaredResponse | None:
        """Return what is declared for a status: exactly, else its range (``4XX``), else ``default``, else None."""
        declared = {key.upper(): response for key, response in self.responses.items()}
        return declared.get(str(status)) or declared.get(f"{status // 100}XX") or declared.get("DEFAULT")

    def parameter(self, name: str, location: str) -> Parameter | None:
        """Return a parameter, or None. Header names compare without regard to case."""
        for parameter in self.parameters:
            same = parameter.name.lower() == name.lower() if location == "header" else parameter.name == name
            if same and parameter.location == location:
                return parameter
        return None


def _plain(media_type: str) -> str:
    return media_type.split(";", 1)[0].strip().lower()
