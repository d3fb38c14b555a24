"""The reference of ``stageproof.toml``, made of the models that validate it: tables, keys, types, defaults, limits."""

from __future__ import annotations

import json
import re
import types
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic import AfterValidator, BaseModel, BeforeValidator
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from stageproof.described import attribute_descriptions, markdown, summary

_INTRODUCTION = """# Configuration reference

Every table and key of `stageproof.toml`, generated from the models that validate it. A key that is not here is refused,
with the nearest one that is. `stageproof init` writes a first file; [Point it at a real stage](real-stage.md) goes
through it.
"""
_SIMPLE: dict[type, str] = {
    bool: "`true` or `false`",
    int: "whole number",
    float: "number",
    str: "text",
    Path: "path",
    date: "date, such as `2026-12-31`",
    datetime: "time with an offset, such as `2026-12-31T04:00:00Z`",
}
_LIMITS: dict[type, tuple[str, str]] = {
    Ge: ("ge", "at least {}"),
    Gt: ("gt", "more than {}"),
    Le: ("le", "at most {}"),
    Lt: ("lt", "less than {}"),
}
_TAKES = re.compile(r"Take (?:an? |the )?(?P<what>.+)\.")


def configuration_page(model: type[BaseModel]) -> str:
    """Return the page of a model and of every table below it, in the order of the fields."""
    return "\n".join([_INTRODUCTION, *_section("", model, "")]).rstrip() + "\n"


def _section(path: str, model: type[BaseModel], bracket: str) -> Iterator[str]:
    """Give the lines of a table and of those below it.

    Args:
        path: The name of the table, such as ``stages.NAME.auth``; empty for the file itself.
        model: Its model.
        bracket: ``[`` for a table, ``[[`` for a list of tables, empty for the file itself.
    """
    inner: list[tuple[str, type[BaseModel], str]] = []
    rows: list[str] = []
    descriptions = attribute_descriptions(model)
    for name, field in model.model_fields.items():
        key = field.alias or name
        table = _table_in(field.annotation)
        if table is None:
            rows.append(_row(key, field, descriptions.get(name, "")))
        else:
            below, its_model, its_bracket = table
            inner.append((".".join(filter(None, (path, key, below))), its_model, its_bracket))
    if path:
        closing = "]" * len(bracket)
        yield f"## `{bracket}{path}{closing}`"
        yield ""
        yield _without_name(summary(model))
        yield ""
    if rows:
        yield from ("| key | what it takes | default | meaning |", "| --- | --- | --- | --- |", *rows, "")
    for each in inner:
        yield from _section(*each)


def _without_name(text: str) -> str:
    """Return a table's description without the name that the heading has."""
    first, colon, rest = text.partition(": ")
    if not colon or not first.startswith("`["):
        return text
    return rest[:1].upper() + rest[1:]


def _row(key: str, field: FieldInfo, description: str) -> str:
    words = _words(field.annotation, field.metadata)
    cells = (f"`{key}`", words, _default(field), markdown(description))
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**needed**"
    value = field.get_default(call_default_factory=True)
    if value is None or value is PydanticUndefined or value in ("", (), {}):
        return "none"
    return f"`{_toml(value)}`"


def _toml(value: object) -> str:
    if isinstance(value, Enum):
        return _toml(value.value)
    if isinstance(value, tuple):
        return f"[{', '.join(_toml(item) for item in value)}]"
    return f"{value:.15g}" if isinstance(value, float) else json.dumps(value, ensure_ascii=False)


def _table_in(annotation: Any) -> tuple[str, type[BaseModel], str] | None:
    """Return the table that an annotation holds: what is put behind its key, its model, and its bracket."""
    for inner in _without_none(annotation):
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            return "", inner, "["
        arguments = get_args(inner)
        if get_origin(inner) is dict and (found := _table_in(arguments[1])):
            return ".".join(filter(None, ("NAME", found[0]))), found[1], found[2]
        if get_origin(inner) is tuple and (found := _table_in(arguments[0])):
            return found[0], found[1], "[["
    return None


def _without_none(annotation: Any) -> list[Any]:
    if get_origin(annotation) in {Union, types.UnionType}:
        return [argument for argument in get_args(annotation) if argument is not type(None)]
    return [annotation]


def _words(annotation: Any, metadata: list[Any] | tuple[Any, ...] = ()) -> str:
    """Say what a key takes: its type and its limits."""
    arms = _without_none(annotation)
    limits = list(_limits(metadata))
    if len(arms) > 1:
        alternatives = _taken(metadata) or " or ".join(dict.fromkeys(_words(arm) for arm in arms))
        return ", ".join([alternatives, *limits])
    inner, arguments = arms[0], get_args(arms[0])
    if get_origin(inner) is Annotated:
        return _words(arguments[0], [*inner.__metadata__, *metadata])
    taken = _taken(metadata)
    return ", ".join([taken or _plain(inner, arguments), *limits])


def _plain(inner: Any, arguments: tuple[Any, ...]) -> str:
    if get_origin(inner) is Literal:
        return _one_of(arguments)
    if get_origin(inner) is tuple:
        return f"list: {_words(arguments[0])}"
    if get_origin(inner) is dict:
        return f"table of {_words(arguments[0])} = {_words(arguments[1])}"
    if isinstance(inner, type) and issubclass(inner, Enum):
        return _one_of(tuple(member.value for member in inner))
    return _SIMPLE[inner]


def _one_of(values: tuple[object, ...]) -> str:
    return " or ".join(f"`{_toml(value)}`" for value in values)


def _taken(metadata: list[Any] | tuple[Any, ...]) -> str:
    """Return what the last validator says that it takes in its docstring, such as ``Take a rule code.`` says."""
    told = [
        (item.func.__doc__ or "").strip() for item in metadata if isinstance(item, AfterValidator | BeforeValidator)
    ]
    taken = [found["what"] for text in told if (found := _TAKES.fullmatch(text))]
    return markdown(taken[-1]) if taken else ""


def _limits(metadata: list[Any] | tuple[Any, ...]) -> Iterator[str]:
    for item in metadata:
        if type(item) in _LIMITS:
            attribute, words = _LIMITS[type(item)]
            yield words.format(f"{getattr(item, attribute):,}")
        elif isinstance(item, MinLen) and item.min_length == 1:
            yield "not empty"
        elif isinstance(item, MaxLen):
            yield f"at most {item.max_length:,} long"
        elif pattern := _pattern(item):
            yield f"as `{pattern}`"
        elif isinstance(item, FieldInfo):
            yield from _limits(item.metadata)


def _pattern(item: Any) -> str | None:
    held: Mapping[str, Any] = getattr(item, "__dict__", {})
    found = held.get("pattern")
    return found if isinstance(found, str) else None
