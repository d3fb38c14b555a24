"""Faults of the user's file in one line each: file, line, key, what is wrong, what is allowed, the nearest name."""

from __future__ import annotations

import difflib
import json
import types
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from contracts.toml_positions import Location, line_of
from gateway.errors import StageproofError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_TYPE_NAMES = {
    "string_type": "text in quotes",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list in square brackets",
    "dict_type": "a table",
    "model_type": "a table",
    "date_type": "a date such as 2026-12-31",
    "date_parsing": "a date such as 2026-12-31",
    "date_from_datetime_parsing": "a date such as 2026-12-31",
    "date_from_datetime_inexact": "a date such as 2026-12-31",
    "datetime_parsing": "a time such as 2026-12-31T04:00:00Z",
    "datetime_from_date_parsing": "a time such as 2026-12-31T04:00:00Z",
    "path_type": "text in quotes",
}


class ExpectationsError(StageproofError):
    """The user's file is missing, unreadable or says what cannot be."""

    slug = "expectations"


def nearest(name: str, known: Iterable[str]) -> str:
    """Return ``; did you mean "x"?`` for the nearest known name, or an empty text where none is near."""
    by_folded = {candidate.casefold(): candidate for candidate in known}
    found = difflib.get_close_matches(name.casefold(), list(by_folded), n=1, cutoff=0.6)
    return f'; did you mean "{by_folded[found[0]]}"?' if found else ""


def sentences(error: ValidationError, *, model: type[BaseModel], text: str, source: str) -> list[str]:
    """Return one line for each fault that pydantic found.

    Args:
        error: What pydantic raised.
        model: The model that was validated, for the names it allows.
        text: The TOML text, for line numbers.
        source: The name of the file.
    """
    found: dict[str, int] = {}
    for fault in error.errors(include_url=False):
        location = _written(fault["loc"])
        line = line_of(text, location)
        where = f"{source}:{line}" if line else source
        found[f"{where}: {_key(location)}: {_what(fault, model, location)}"] = line or 0
    return sorted(found, key=found.__getitem__)


def _written(location: tuple[int | str, ...]) -> Location:
    """Leave out what pydantic adds for unions and dictionary keys: it stands in no file."""
    return tuple(
        part for part in location if part != "[key]" and not (isinstance(part, str) and "function-after" in part)
    )


def _key(location: Location) -> str:
    """Write a location as people read it: ``stages.dev.contract``, ``waivers[0].reason``."""
    key = ""
    for part in location:
        if isinstance(part, int):
            key += f"[{part}]"
        else:
            plain = part.replace("_", "").replace("-", "").isalnum()
            key += ("." if key else "") + (part if plain else json.dumps(part, ensure_ascii=False))
    return key or "the file"


def _what(fault: ErrorDetails, model: type[BaseModel], location: Location) -> str:
    kind = fault["type"]
    if kind == "extra_forbidden":
        allowed = _allowed_keys(model, location[:-1])
        return f"unknown key{nearest(str(location[-1]), allowed)}; allowed: {', '.join(allowed)}"
    if kind == "missing":
        return "missing; this key is needed"
    if kind == "enum":
        allowed = [part.strip("'") for part in fault["ctx"]["expected"].replace(" or ", ", ").split(", ")]
        hint = nearest(str(fault["input"]), allowed)
        return f"{_shown(fault['input'])} is not allowed{hint}; allowed: {', '.join(allowed)}"
    if kind in _TYPE_NAMES:
        return f"must be {_TYPE_NAMES[kind]}, not {_kind_of(fault['input'])}"
    message = fault["msg"].removeprefix("Value error, ")
    return message[0].lower() + message[1:]


def _shown(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _kind_of(value: object) -> str:
    """Name the kind of a value; the value itself may be a secret."""
    names: tuple[tuple[type, str], ...] = (
        (bool, "true or false"),
        (str, "text"),
        (int, "a number"),
        (float, "a number with a fraction"),
        (Mapping, "a table"),
        (list, "a list"),
    )
    return next((name for kind, name in names if isinstance(value, kind)), type(value).__name__)


def _allowed_keys(model: type[BaseModel], location: Location) -> list[str]:
    """Return the keys that a table may have."""
    annotation: Any = model
    for part in location:
        annotation = _inside(annotation, part)
    found = _model_in(annotation)
    return [] if found is None else [field.alias or name for name, field in found.model_fields.items()]


def _inside(annotation: Any, part: str | int) -> Any:
    found = _model_in(annotation)
    if found is not None and isinstance(part, str):
        fields = {field.alias or name: field.annotation for name, field in found.model_fields.items()}
        return fields.get(part)
    arguments = get_args(annotation)
    if not arguments:
        return None
    return arguments[-1] if get_origin(annotation) is dict else arguments[0]


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the model that an annotation names, also inside ``X | None`` and ``Annotated``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in {Union, types.UnionType, Annotated}:
        return next((model for argument in get_args(annotation) if (model := _model_in(argument))), None)
    return None
