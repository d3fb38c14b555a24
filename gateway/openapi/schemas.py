"""Schemas of a document as API Gateway's models, and back.

A model is JSON Schema draft 4: what OpenAPI adds to it is left out with a warning. A reference to a shared schema
becomes the address of the model.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.control_plane import MODEL_URL
from gateway.openapi.source import OpenApiError, Source, mapping, pointer
from gateway.rest_api import Model

_MODEL_ADDRESS = MODEL_URL.format(rest_api_id="api")
_DOCUMENT_PREFIX = "#/components/schemas/"

_NOT_IN_DRAFT_4 = frozenset(
    {
        "$anchor", "$comment", "$defs", "$dynamicAnchor", "$dynamicRef", "$id", "$vocabulary", "const", "contains",
        "contentEncoding", "contentMediaType", "contentSchema", "dependentRequired", "dependentSchemas", "deprecated",
        "discriminator", "else", "example", "examples", "externalDocs", "if", "maxContains", "minContains", "nullable",
        "prefixItems", "propertyNames", "readOnly", "then", "unevaluatedItems", "unevaluatedProperties", "writeOnly",
        "xml",
    }
)  # fmt: skip
_BOOLEAN_IN_DRAFT_4 = frozenset({"exclusiveMaximum", "exclusiveMinimum"})
_SCHEMA_KEYS = frozenset({"additionalItems", "additionalProperties", "items", "not"})
_SCHEMA_LISTS = frozenset({"allOf", "anyOf", "oneOf", "items"})
_SCHEMA_MAPS = frozenset({"definitions", "dependencies", "patternProperties", "properties"})
_COMPOSITIONS = frozenset({"allOf", "anyOf", "oneOf", "not"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Models:
    """The models of an API under reading; inline schemas join them under generated names."""

    source: Source
    by_name: dict[str, Model] = field(default_factory=dict)

    @classmethod
    def shared(cls, source: Source) -> Models:
        """Read the shared schemas of a document."""
        models = cls(source=source)
        for name, schema in source.section("schemas").items():
            if not re.fullmatch(r"[A-Za-z0-9]+", name):
                source.warn(f"Model name must be alphanumeric: {name}")
            models.by_name[name] = Model(name=name, schema=models.schema_text(schema, f"model '{name}'"))
        return models

    def name_of(self, schema: object, where: str, use: str) -> str | None:
        """Return the name of the model of a request's or response's schema, None where the importer ignores it.

        Args:
            schema: The schema as it stands in the document.
            where: JSON pointer of the schema.
            use: What it is for, as the importer's warnings say it: ``200 response to method 'GET /users'``.
        """
        found = mapping(schema, where)
        reference = found.get("$ref")
        if isinstance(reference, str):
            name = reference.removeprefix(self.source.schema_prefix)
            if name in self.by_name:
                return name
            if not reference.startswith("#/") or "/" not in name:
                self.source.warn(f"Reference to model '{name}' not found in {use}. Ignoring.")
                return None
            found = self.source.resolve(found, where)
        if _COMPOSITIONS & found.keys():
            self.source.warn(f"Unsupported model type 'ComposedSchema' in {use}. Ignoring.")
            return None
        return self._inline(self.schema_text(found, use))

    def _inline(self, schema: str) -> str:
        """Return the name of an inline schema's model: API Gateway generates ``MODEL`` and six hexadecimal digits.

        Here the digits are those of the schema's digest, so that two readings agree.
        """
        digest = hashlib.sha256(schema.encode()).hexdigest()
        names = (f"MODEL{digest[:length]}" for length in range(6, len(digest)))
        name = next(name for name in names if name not in self.by_name or self.by_name[name].schema == schema)
        self.by_name.setdefault(name, Model(name=name, schema=schema))
        return name

    def schema_text(self, schema: object, use: str) -> str:
        """Return a schema as the canonical JSON text of a model."""
        dropped: set[str] = set()
        converted = self._draft_4(schema, dropped)
        if dropped:
            keywords = ", ".join(f"'{keyword}'" for keyword in sorted(dropped))
            self.source.warn(f"Schema keywords {keywords} are not supported in {use}. Ignoring.")
        return json.dumps(converted, sort_keys=True, separators=(",", ":"))

    def _draft_4(self, schema: object, dropped: set[str]) -> Any:
        if not isinstance(schema, Mapping):
            return schema
        converted: dict[str, Any] = {}
        for keyword, value in schema.items():
            if keyword == "$ref" and isinstance(value, str):
                converted[keyword] = self._reference(value)
            elif keyword.startswith("x-"):
                continue
            elif keyword in _NOT_IN_DRAFT_4 or (keyword in _BOOLEAN_IN_DRAFT_4 and not isinstance(value, bool)):
                dropped.add(keyword)
            else:
                converted[keyword] = self._inside(keyword, value, dropped)
        return converted

    def _inside(self, keyword: str, value: object, dropped: set[str]) -> object:
        if keyword in _SCHEMA_MAPS and isinstance(value, Mapping):
            return {name: self._draft_4(inner, dropped) for name, inner in value.items()}
        if keyword in _SCHEMA_LISTS and isinstance(value, list | tuple):
            return [self._draft_4(inner, dropped) for inner in value]
        return self._draft_4(value, dropped) if keyword in _SCHEMA_KEYS else value

    def _reference(self, reference: str) -> str:
        prefix = self.source.schema_prefix
        if reference.startswith(prefix) and "/" not in reference.removeprefix(prefix):
            return _MODEL_ADDRESS + reference.removeprefix(prefix)
        return reference


def document_schema(model: Model) -> object:
    """Return a model's schema as it stands in an OpenAPI 3 document.

    Raises:
        OpenApiError: If the deployed schema is not JSON.
    """
    try:
        schema: object = json.loads(model.schema)
    except ValueError as error:
        raise OpenApiError(f"{pointer('components', 'schemas', model.name)}: the model's schema is not JSON") from error
    return _with_document_references(schema)


def reference_to(model_name: str) -> dict[str, str]:
    """Return the reference to a shared schema of an OpenAPI 3 document."""
    return {"$ref": _DOCUMENT_PREFIX + model_name}


def _with_document_references(schema: object) -> object:
    if isinstance(schema, list):
        return [_with_document_references(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        keyword: value.replace(_MODEL_ADDRESS, _DOCUMENT_PREFIX, 1)
        if keyword == "$ref" and isinstance(value, str) and value.startswith(_MODEL_ADDRESS)
        else _with_document_references(value)
        for keyword, value in schema.items()
    }
