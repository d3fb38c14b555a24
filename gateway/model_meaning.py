"""What a model asks of a body, apart from how it is written: references put in place, annotations left out.

One tool writes a model by references to other models, another by ``definitions``, a third in one piece with a title:
API Gateway validates the same.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings-models.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.models import MAPS_OF_SCHEMAS, SCHEMAS
from gateway.rest_api import Model

_MODEL_REFERENCE = re.compile(r"https://apigateway\.amazonaws\.com/restapis/[^/]+/models/([^#/]+)")
_SAYS_NOTHING = frozenset(
    ("$schema", "$id", "id", "title", "description", "default", "example", "examples", "definitions", "externalDocs")
)


def meaning(models: Mapping[str, Model], model_name: str) -> Any:
    """Return the schema of a model without what makes no difference to a body; None without such a model.

    A model that contains itself keeps the reference by which it does; a schema that is no JSON is given as its text.

    Args:
        models: All models of the API.
        model_name: Which.
    """
    model = models.get(model_name)
    if model is None:
        return None
    root = _parsed(model.schema)
    return _Reading(models=models, root=root, trail=(model_name,)).schema(root)


def _parsed(schema: str) -> Any:
    try:
        return json.loads(schema)
    except ValueError:
        return schema


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """Where a schema stands: the document that its local references point into, and the references on the way."""

    models: Mapping[str, Model]
    root: Any
    trail: tuple[str, ...]

    def schema(self, schema: Any) -> Any:
        if isinstance(schema, list):
            return [self.schema(part) for part in schema]
        if not isinstance(schema, dict):
            return schema
        if isinstance(schema.get("$ref"), str):
            return self._referred(schema["$ref"])
        kept = {name: self._inner(name, value) for name, value in schema.items() if not _is_annotation(name)}
        if isinstance(kept.get("required"), list):
            kept["required"] = sorted(kept["required"], key=str)
        return kept

    def _inner(self, name: str, value: Any) -> Any:
        if name in MAPS_OF_SCHEMAS and isinstance(value, dict):
            return {key: self.schema(part) for key, part in value.items()}
        return self.schema(value) if name in SCHEMAS else value

    def _referred(self, reference: str) -> Any:
        found = _MODEL_REFERENCE.fullmatch(reference)
        if found is not None:
            name = found[1]
            if name not in self.models or name in self.trail:
                return {"$ref": name}
            root = _parsed(self.models[name].schema)
            return _Reading(models=self.models, root=root, trail=(*self.trail, name)).schema(root)
        place = _at(self.root, reference) if reference.startswith("#") else None
        if place is None or reference in self.trail:
            return {"$ref": reference}
        return _Reading(models=self.models, root=self.root, trail=(*self.trail, reference)).schema(place)


def _is_annotation(name: str) -> bool:
    return name in _SAYS_NOTHING or name.startswith("x-")


def _at(root: Any, reference: str) -> Any:
    """Return what a local reference points at, None where it points at nothing."""
    found = root
    for part in reference.removeprefix("#").split("/")[1:]:
        found = found.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(found, dict) else None
    return found
