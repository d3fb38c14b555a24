"""Models: JSON Schema draft 4 validation of a request body, worded as the execution log words it.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings-models.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

import jsonschema_rs

from gateway import choices
from gateway.refusal import configuration_error
from gateway.rest_api import Model

_BASE = "https://apigateway.amazonaws.com/restapis/api/models/"
_MODEL_REFERENCE = re.compile(r"https://apigateway\.amazonaws\.com/restapis/[^/\"]+/models/")
_BOUNDS = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}
MAPS_OF_SCHEMAS = frozenset(("properties", "patternProperties", "definitions"))
SCHEMAS = frozenset(("items", "additionalItems", "additionalProperties", "allOf", "anyOf", "oneOf", "not"))
UNREADABLE = "Unknown error parsing request body"


def validate(models: Mapping[str, Model], model_name: str, body: str) -> tuple[str, ...]:
    """Validate a body against a model.

    Args:
        models: All models of the API; one may refer to another by its URL.
        model_name: Which model; a name without a model accepts everything.
        body: The request body; an empty one counts as ``{}``.

    Returns:
        What is wrong, in the wording of the execution log; nothing for a valid body.

    Raises:
        Refused: If the model is no usable schema.
    """
    model = models.get(model_name)
    if model is None:
        return ()
    try:
        document = json.loads(body.strip() or "{}")
    except ValueError:
        return (UNREADABLE,)
    validator = _validator(model.schema, tuple(sorted((known.name, known.schema) for known in models.values())))
    return () if validator.is_valid(document) else _all_worded(validator.iter_errors(document))


@lru_cache(maxsize=512)
def _validator(schema: str, models: tuple[tuple[str, str], ...]) -> jsonschema_rs.Draft4Validator:
    schemas = dict(models)

    def retrieve(uri: str) -> Any:
        name = uri.partition("#")[0].removeprefix(_BASE)
        if name not in schemas:
            raise LookupError(uri)
        return _parsed(schemas[name])

    try:
        return jsonschema_rs.Draft4Validator(
            _parsed(schema), retriever=retrieve, validate_formats=choices.MODELS_CHECK_FORMATS
        )
    except (ValueError, jsonschema_rs.ReferencingError) as error:
        raise configuration_error(f"Invalid model schema: {error}") from error


def _parsed(schema: str) -> Any:
    document = _as_draft_4(json.loads(_MODEL_REFERENCE.sub(_BASE, schema)))
    if isinstance(document, dict):
        document.pop("$schema", None)
        document.pop("id", None)
    return document


def _as_draft_4(schema: Any) -> Any:
    """Leave out newer forms of a draft 4 keyword, which API Gateway takes without enforcing them."""
    if isinstance(schema, list):
        return [_as_draft_4(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {name: value for name, value in schema.items() if not _is_newer(name, value, schema)}
    return {name: _inner(name, value) for name, value in kept.items()}


def _inner(name: str, value: Any) -> Any:
    if name in MAPS_OF_SCHEMAS and isinstance(value, dict):
        return {key: _as_draft_4(part) for key, part in value.items()}
    return _as_draft_4(value) if name in SCHEMAS else value


def _is_newer(name: str, value: object, schema: Mapping[str, object]) -> bool:
    if name in _BOUNDS:
        return not isinstance(value, bool) or _BOUNDS[name] not in schema
    return name == "required" and (not isinstance(value, list) or not value)


def _all_worded(errors: Iterable[Any]) -> tuple[str, ...]:
    """Word all errors; the missing properties of one object stand in one message, sorted."""
    worded: list[str] = []
    missing: dict[str, list[str]] = {}
    for error in errors:
        if error.kind.name == "required":
            missing.setdefault(_json([*error.instance_path]), []).append(error.kind.property)
        else:
            worded.append(_worded(error))
    lists = (_json(sorted(set(names))) for names in missing.values())
    return (*(f"object has missing required properties ({names})" for names in lists), *worded)


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _type_name(value: object) -> str:
    names: tuple[tuple[type, str], ...] = (
        (bool, "boolean"),
        (int, "integer"),
        (float, "number"),
        (str, "string"),
        (list, "array"),
        (dict, "object"),
    )
    return next((name for kind, name in names if isinstance(value, kind)), "null")


def _type(error: Any) -> str:
    allowed = error.kind.types if isinstance(error.kind.types, list) else [error.kind.types]
    return (
        f"instance type ({_type_name(error.instance)}) does not match any allowed primitive type "
        f"(allowed: {_json(sorted(allowed))})"
    )


def _enum(error: Any) -> str:
    return f"instance value ({_json(error.instance)}) not found in enum (possible values: {_json(error.kind.options)})"


def _length(comparison: str, bound: str) -> Callable[[Any], str]:
    def worded(error: Any) -> str:
        text = _json(error.instance)
        return f"string {text} is too {comparison} (length: {len(error.instance)}, {bound}: {error.kind.limit})"

    return worded


def _items(comparison: str, bound: str) -> Callable[[Any], str]:
    def worded(error: Any) -> str:
        found = len(error.instance)
        limit = error.kind.limit
        return f"array is too {comparison}: must have {bound} {limit} elements but instance has {found} elements"

    return worded


def _number(comparison: str, bound: str) -> Callable[[Any], str]:
    def worded(error: Any) -> str:
        return f"numeric instance is {comparison} ({bound}: {error.kind.limit}, found: {_json(error.instance)})"

    return worded


_WORDINGS: dict[str, Callable[[Any], str]] = {
    "type": _type,
    "enum": _enum,
    "minLength": _length("short", "required minimum"),
    "maxLength": _length("long", "maximum allowed"),
    "minItems": _items("short", "at least"),
    "maxItems": _items("long", "at most"),
    "minimum": _number("lower than the required minimum", "minimum"),
    "maximum": _number("greater than the required maximum", "maximum"),
    "pattern": lambda error: (
        f'ECMA 262 regex "{error.kind.pattern}" does not match input string {_json(error.instance)}'
    ),
    "uniqueItems": lambda _: "array must not contain duplicate elements",
    "additionalProperties": lambda error: (
        f"object instance has properties which are not allowed by the schema: {_json(error.kind.unexpected)}"
    ),
    "anyOf": lambda _: "instance failed to match at least one required schema",
    "oneOf": lambda _: "instance failed to match exactly one schema",
    "not": lambda _: "instance matched a schema which it should not have matched",
}


def _worded(error: Any) -> str:
    """Word an error; kinds whose wording was never seen in a log keep the validator's own words."""
    worded = _WORDINGS.get(error.kind.name)
    return error.message if worded is None else worded(error)
