"""The contract's schemas as validators, compiled once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Protocol, cast

import jsonschema_rs

from contracts.contract import Contract

_REDACTED = "redacted:"
_NAMED_SCHEMAS = {"properties", "patternProperties", "definitions", "$defs", "schemas", "dependentSchemas"}
_VALUES = {"enum", "const", "default", "example", "examples"}


class _Validator(Protocol):
    def iter_errors(self, instance: object) -> object: ...


class ResponseSchemas:
    """Validates JSON values against schemas of the contract; ``$ref`` into ``components`` or ``definitions`` works."""

    def __init__(self, contract: Contract) -> None:
        self._document = contract.document
        self._compiled: dict[int, tuple[object, _Validator]] = {}

    def errors(self, schema: object, instance: object) -> tuple[str, ...]:
        """Return what is wrong with a JSON value, one line a fault with its JSON pointer; empty when it conforms.

        Values that were redacted before they were written cannot be judged and count as conforming.
        """
        found = cast("list[jsonschema_rs.ValidationError]", list(self._validator(schema).iter_errors(instance)))  # type: ignore[call-overload]
        return tuple(
            f"{_pointer(error.instance_path)}: {error.message}" for error in found if not _cannot_be_judged(error)
        )

    def named(self, name: str) -> object | None:
        """Return the schema of this name of ``components/schemas`` (``definitions`` in Swagger 2.0), or None."""
        return self._definitions.get(name)

    @cached_property
    def _definitions(self) -> Mapping[str, object]:
        components = self._document.get("components")
        if isinstance(components, Mapping):
            return cast("Mapping[str, object]", components.get("schemas") or {})
        return cast("Mapping[str, object]", self._document.get("definitions") or {})

    @cached_property
    def _is_2020_12(self) -> bool:
        return str(self._document.get("openapi", "")).startswith("3.1")

    @cached_property
    def _shared(self) -> dict[str, object]:
        kept = {key: self._document[key] for key in ("components", "definitions") if key in self._document}
        return cast("dict[str, object]", _for_responses(kept, nullable=not self._is_2020_12))

    def _validator(self, schema: object) -> _Validator:
        known = self._compiled.get(id(schema))
        if known is None:
            plain = _for_responses(schema, nullable=not self._is_2020_12)
            root = {**self._shared, "allOf": [plain]}
            make = jsonschema_rs.Draft202012Validator if self._is_2020_12 else jsonschema_rs.Draft4Validator
            known = self._compiled[id(schema)] = (schema, cast("_Validator", make(root)))
        return known[1]


def _pointer(path: list[str | int]) -> str:
    return "/" + "/".join(str(part) for part in path)


def _cannot_be_judged(error: jsonschema_rs.ValidationError) -> bool:
    """Whether a fault is about a redacted value, by itself or as a part of what alternatives were tried on."""
    shown = str(error.instance)
    is_choice = bool(error.schema_path) and str(error.schema_path[-1]) in {"anyOf", "oneOf", "not"}
    return _REDACTED in shown if is_choice else shown.startswith(_REDACTED)


def _for_responses(schema: object, *, nullable: bool) -> object:
    """Turn a schema of OpenAPI into one that JSON Schema reads the same way, for what is answered.

    OpenAPI 3.0's ``nullable`` becomes the type ``null``, and a ``writeOnly`` property is not required in an answer.

    See: https://spec.openapis.org/oas/v3.0.3#schema-object
    """
    if isinstance(schema, list):
        return [_for_responses(item, nullable=nullable) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    plain = {key: _part(key, value, nullable=nullable) for key, value in schema.items()}
    hidden = _write_only(schema.get("properties"))
    if hidden and isinstance(plain.get("required"), list):
        kept = [name for name in cast("list[str]", plain.pop("required")) if name not in hidden]
        plain |= {"required": kept} if kept else {}
    if nullable and plain.pop("nullable", None) is True and "$ref" not in schema:
        return {"anyOf": [plain, {"type": "null"}]}
    return plain


def _part(key: str, value: object, *, nullable: bool) -> object:
    if key in _VALUES:
        return value
    if key in _NAMED_SCHEMAS and isinstance(value, Mapping):
        return {name: _for_responses(inner, nullable=nullable) for name, inner in value.items()}
    return _for_responses(value, nullable=nullable)


def _write_only(properties: object) -> set[str]:
    if not isinstance(properties, Mapping):
        return set()
    return {name for name, inner in properties.items() if isinstance(inner, Mapping) and inner.get("writeOnly") is True}
