"""YAML documents as JSON values, by YAML 1.2's core schema: what OpenAPI asks for.

Keys are text (``200:`` is ``"200"``), dates stay text, ``no`` and ``on`` are words. PyYAML's own loader reads YAML
1.1 and takes many times as long; here its C parser gives the events and this module builds the values.

See: https://spec.openapis.org/oas/v3.0.4.html#format
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

_MOST_VALUES = 10_000_000
_DEEPEST = 200
_LONGEST_INTEGER = 1_000
_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_CONSTANTS = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_NUMBER_STARTS = frozenset("+-.0123456789")
_MERGE = "<<"


class YamlError(ValueError):
    """The text is not YAML, or more than a document of JSON values. Line and column count from 1."""

    def __init__(self, problem: str, *, line: int, column: int) -> None:
        super().__init__(f"line {line}, column {column}: {problem}")
        self.line = line
        self.column = column


def read_yaml(text: str) -> Any:
    """Return the one document of a YAML text as JSON values.

    Raises:
        YamlError: If it is not YAML, repeats a key, holds several documents or a tag that JSON has not, refers to
            itself, or expands through aliases to more than ten million values.
    """
    loader = yaml.CSafeLoader(text)
    try:
        return _Builder(loader=loader).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise YamlError(error.problem or "not YAML", line=line, column=column) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise YamlError(f"the character {error.character!r} is not allowed", line=line, column=1) from error
    finally:
        loader.dispose()


@dataclass(slots=True, kw_only=True)
class _Builder:
    """Builds values from the parser's events. ``sizes`` tells how many values an anchor stands for."""

    loader: Any
    count: int = 0
    anchors: dict[str, Any] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)

    def document(self) -> Any:
        self.loader.get_event()
        first = self.loader.get_event()
        if isinstance(first, yaml.StreamEndEvent):
            return None
        value = self.value(self.loader.get_event(), 0)
        self.loader.get_event()
        after = self.loader.get_event()
        if not isinstance(after, yaml.StreamEndEvent):
            raise _fault("a second document begins here; keep one", after)
        return value

    def value(self, event: Any, depth: int) -> Any:
        if depth > _DEEPEST:
            raise _fault(f"nested deeper than {_DEEPEST} levels", event)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        before = self.count
        self.count += 1
        if isinstance(event, yaml.ScalarEvent):
            value = _scalar(event)
        elif isinstance(event, yaml.MappingStartEvent):
            value = self._mapping(depth)
        else:
            value = self._sequence(depth)
        if event.anchor:
            self.anchors[event.anchor] = value
            self.sizes[event.anchor] = self.count - before
        return value

    def _alias(self, event: Any) -> Any:
        anchor = str(event.anchor)
        if anchor not in self.anchors:
            raise _fault(f"alias *{anchor} has no anchor before it", event)
        self.count += self.sizes[anchor]
        if self.count > _MOST_VALUES:
            raise _fault(f"aliases expand to more than {_MOST_VALUES:,} values", event)
        return self.anchors[anchor]

    def _sequence(self, depth: int) -> list[Any]:
        items: list[Any] = []
        get_event = self.loader.get_event
        while not isinstance(event := get_event(), yaml.SequenceEndEvent):
            items.append(self.value(event, depth + 1))
        return items

    def _mapping(self, depth: int) -> dict[str, Any]:
        items: dict[str, Any] = {}
        merged: list[dict[str, Any]] = []
        get_event = self.loader.get_event
        while not isinstance(event := get_event(), yaml.MappingEndEvent):
            key = self._key(event)
            value = self.value(get_event(), depth + 1)
            if key == _MERGE and not event.style:
                merged.extend(_mergeable(value, event))
            elif key in items:
                raise _fault(f"key {key!r} stands here twice", event)
            else:
                items[key] = value
        for source in merged:
            for key, value in source.items():
                items.setdefault(key, value)
        return items

    def _key(self, event: Any) -> str:
        if isinstance(event, yaml.AliasEvent):
            key = self._alias(event)
            if isinstance(key, str):
                return key
        if not isinstance(event, yaml.ScalarEvent):
            raise _fault("a key must be text", event)
        if event.anchor:
            self.anchors[event.anchor] = event.value
            self.sizes[event.anchor] = 1
        return str(event.value)


def _scalar(event: Any) -> Any:
    """Return a scalar: plain ones by the core schema, quoted ones and those tagged ``!!str`` as text."""
    text: str = event.value
    if event.tag is not None and event.tag != "!":
        return _tagged(event, text)
    if event.tag == "!" or not event.implicit[0]:
        return text
    if text[:1] in _NUMBER_STARTS and text:
        return _number(text)
    return _CONSTANTS.get(text, text)


def _number(text: str) -> Any:
    if _INTEGER.fullmatch(text):
        return int(text) if len(text) <= _LONGEST_INTEGER else float(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return int(text, 0) if re.fullmatch(r"0o[0-7]+|0x[0-9a-fA-F]+", text) else text


def _tagged(event: Any, text: str) -> Any:
    """Return a scalar with one of the tags of the core schema."""
    readers: dict[str, Any] = {"str": str, "int": int, "float": float, "bool": _CONSTANTS.get, "null": lambda _: None}
    kind = str(event.tag).removeprefix("tag:yaml.org,2002:")
    if kind not in readers:
        raise _fault(f"the tag {event.tag} is not known to JSON", event)
    try:
        return readers[kind](text)
    except ValueError as error:
        raise _fault(f"{text!r} is not of type {kind}", event) from error


def _mergeable(value: object, event: Any) -> list[dict[str, Any]]:
    sources = value if isinstance(value, list) else [value]
    mappings = [source for source in sources if isinstance(source, dict)]
    if len(mappings) < len(sources):
        raise _fault("<< needs a mapping", event)
    return mappings


def _fault(problem: str, event: Any) -> YamlError:
    return YamlError(problem, line=event.start_mark.line + 1, column=event.start_mark.column + 1)
