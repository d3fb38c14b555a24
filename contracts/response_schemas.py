"""The contract's schemas as validators, compiled once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Protocol, cast

import jsonschema_rs

from contracts.contract import Contract


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
            f"{_pointer(error.instance_path)}: {error.message}"
            for error in found
            if not str(error.instance).startswith("redacted:")
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
        return cast("dict[str, object]", kept if self._is_2020_12 else _without_nullable(kept))

    def _validator(self, schema: object) -> _Validator:
        known = self._compiled.get(id(schema))
        if known is None:
            plain = schema if self._is_2020_12 else _without_nullable(schema)
            root = {**self._shared, "allOf": [plain]}
            make = jsonschema_rs.Draft202012Validator if self._is_2020_12 else jsonschema_rs.Draft4Validator
            known = self._compiled[id(schema)] = (schema, cast("_Validator", make(root)))
        return known[1]


def _pointer(path: list[str | int]) -> str:
    return "/" + "/".join(str(part) for part in path)


def _without_nullable(schema: object) -> object:
    """Turn OpenAPI 3.0's ``nullable`` into JSON Schema's type ``null``."""
    if isinstance(schema, list):
        return [_without_nullable(item) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    plain = {key: _without_nullable(value) for key, value in schema.items() if key != "nullable"}
    if schema.get("nullable") is True and "type" in schema:
        return {"anyOf": [plain, {"type": "null"}]}
    return plain
