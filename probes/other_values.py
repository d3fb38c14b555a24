"""A second valid value of a parameter: what a cache must tell from the first one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from contracts.operation import Parameter
from contracts.request_parts import parameter_fault, resolved_schema
from probes.samples import NoSampleError, parameter_sample

_WRITTEN_IN_ONE_WAY = ("string", "integer", "number", "boolean")
_NEXT = {"0": "1", "9": "8", "a": "b", "z": "y", "A": "B", "Z": "Y"}


def other_value(parameter: Parameter, document: Mapping[str, Any]) -> str | None:
    """Return a value that the contract allows and that is not the sample of the parameter, or None.

    The contract's own examples come first, then the members of an enum, then the sample with one thing changed. Lists
    and objects are written in many ways and get none.

    Args:
        parameter: The parameter.
        document: The contract.
    """
    try:
        first = parameter_sample(parameter, document)
    except NoSampleError:
        return None
    schema = resolved_schema(parameter.schema, document)
    if schema.get("type", "string") not in _WRITTEN_IN_ONE_WAY:
        return None
    for candidate in (*_examples(parameter, schema), *_changed(first, schema)):
        if candidate not in {first, ""} and parameter_fault(parameter, candidate, document) is None:
            return candidate
    return None


def _examples(parameter: Parameter, schema: Mapping[str, Any]) -> Iterator[str]:
    named = parameter.declaration.get("examples")
    if isinstance(named, Mapping):
        yield from (_text(item["value"]) for item in named.values() if isinstance(item, Mapping) and "value" in item)
    listed = schema.get("examples")
    if isinstance(listed, Sequence) and not isinstance(listed, str):
        yield from map(_text, listed)
    yield from map(_text, schema.get("enum") or ())


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _changed(first: str, schema: Mapping[str, Any]) -> Iterator[str]:
    kind = schema.get("type", "string")
    if kind == "boolean":
        yield "false" if first == "true" else "true"
    elif kind in {"integer", "number"}:
        step = schema.get("multipleOf") or 1
        with suppress(ValueError):
            yield from (_text(int(first) + change) for change in (step, -step))
    elif not schema.get("format"):
        yield from _with_one_other_character(first)
        yield f"{first}x"


def _with_one_other_character(text: str) -> Iterator[str]:
    """Change the last character that has a neighbour of its kind: a digit stays a digit, a capital a capital."""
    for index in range(len(text) - 1, -1, -1):
        old = text[index]
        if old.isascii() and old.isalnum():
            yield f"{text[:index]}{_NEXT.get(old) or chr(ord(old) - 1)}{text[index + 1 :]}"
