"""Java's `toString` of every value, and json-smart's JSON."""

import math
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from gateway.vtl.errors import LimitError
from gateway.vtl.values import (
    Character,
    Entry,
    EntrySet,
    FixedList,
    Foreach,
    JavaArray,
    JavaClass,
    JavaIterator,
    JavaList,
    KeySet,
    SilentMap,
    Values,
    VelocityObject,
)

MAXIMUM_PRINTED_VALUES = 200_000
MAXIMUM_PRINTED_DEPTH = 200
_LEAST_PLAIN, _LEAST_SCIENTIFIC = 1e-3, 1e7
_JSON_SPECIAL = re.compile('["\\\\/\x00-\x1f\x7f-\x9f\u2000-\u20ff]')
_JSON_SPECIAL_NO_SLASH = re.compile('["\\\\\x00-\x1f\x7f-\x9f\u2000-\u20ff]')
_JSON_ESCAPES = {
    '"': '\\"',
    "\\": "\\\\",
    "/": "\\/",
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
}


def java_double(value: float) -> str:
    """A double as `Double.toString` gives it: `2.0`, `1.0E7`, `NaN`."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    magnitude = abs(value)
    if magnitude == 0 or _LEAST_PLAIN <= magnitude < _LEAST_SCIENTIFIC:
        shown = repr(value)
        return shown if "e" not in shown else f"{value:f}"
    sign, digits, exponent = Decimal(repr(value)).as_tuple()
    text = "".join(map(str, digits)).rstrip("0") or "0"
    power = int(exponent) + len(digits) - 1
    return f"{'-' if sign else ''}{text[0]}.{text[1:] or '0'}E{power}"


def java_string(value: Any) -> str:
    """What Java's `toString` gives, the empty string for null."""
    if value is None:
        return ""
    shower = _SIMPLE.get(value.__class__)
    if shower is not None:
        return shower(value)
    pieces: list[str] = []
    _Printer(pieces).show(value, 0)
    return "".join(pieces)


def json_text(value: Any, *, escape_slash: bool = True) -> str:
    r"""A value as json-smart writes it, without blanks.

    Args:
        value: What `$input.path` may give.
        escape_slash: Write `/` as `\/`, as its lists print; `$input.json` does not.
    """
    pieces: list[str] = []
    _Printer(pieces, escape_slash=escape_slash).json(value, 0)
    return "".join(pieces)


def json_string(value: str, *, escape_slash: bool = True) -> str:
    """A string in JSON's quotes."""
    special = _JSON_SPECIAL if escape_slash else _JSON_SPECIAL_NO_SLASH
    return '"' + special.sub(_escaped, value) + '"'


def _escaped(match: re.Match[str]) -> str:
    character = match.group()
    return _JSON_ESCAPES.get(character) or f"\\u{ord(character):04X}"


class _Printer:
    """Prints nested values, counting them so that a value that holds itself many times ends."""

    __slots__ = ("_escape_slash", "_left", "_out")

    def __init__(self, out: list[str], *, escape_slash: bool = True) -> None:
        self._out = out
        self._left = MAXIMUM_PRINTED_VALUES
        self._escape_slash = escape_slash

    def _count(self, depth: int) -> None:
        self._left -= 1
        if self._left < 0:
            raise LimitError(f"A value with more than {MAXIMUM_PRINTED_VALUES:,} parts is printed")
        if depth > MAXIMUM_PRINTED_DEPTH:
            raise LimitError("A value that holds itself is printed")

    def show(self, value: Any, depth: int) -> None:
        """Print as `toString` does."""
        self._count(depth)
        shower = _SIMPLE.get(value.__class__)
        if shower is not None:
            self._out.append(shower(value))
        elif value is None:
            self._out.append("null")
        elif isinstance(value, SilentMap):
            return
        elif isinstance(value, dict):
            self._map(value, depth)
        elif isinstance(value, JavaArray):
            self._out.append(f"{value.java_class}@0")
        elif value.__class__ is list:
            self.json(value, depth)
        elif isinstance(value, (JavaList, KeySet, Values, EntrySet, list, tuple)):
            self._items(value, depth)
        elif isinstance(value, Entry):
            self.show(value.key, depth + 1)
            self._out.append("=")
            self.show(value.value, depth + 1)
        elif isinstance(value, Foreach):
            self._map(value.extra, depth)
        else:
            self._object(value)

    def _object(self, value: Any) -> None:
        render = getattr(value, "render", None)
        if render is not None:
            self._out.append(render())
        elif isinstance(value, VelocityObject):
            self._out.append(value.java_string())
        else:
            self._out.append(str(value))

    def _items(self, values: Any, depth: int) -> None:
        out = self._out
        out.append("[")
        for place, item in enumerate(values):
            if place:
                out.append(", ")
            if item is values:
                out.append("(this Collection)")
            else:
                self.show(item, depth + 1)
        out.append("]")

    def _map(self, value: dict[Any, Any], depth: int) -> None:
        out = self._out
        out.append("{")
        first = True
        for key, item in value.items():
            if not first:
                out.append(", ")
            first = False
            self.show(key, depth + 1)
            out.append("=")
            if item is value:
                out.append("(this Map)")
            else:
                self.show(item, depth + 1)
        out.append("}")

    def json(self, value: Any, depth: int) -> None:
        """Print as JSON."""
        self._count(depth)
        kind = value.__class__
        out = self._out
        if kind is str:
            out.append(json_string(value, escape_slash=self._escape_slash))
        elif value is None:
            out.append("null")
        elif isinstance(value, dict):
            self._json_map(value, depth)
        elif isinstance(value, list):
            out.append("[")
            for place, item in enumerate(value):
                if place:
                    out.append(",")
                self.json(item, depth + 1)
            out.append("]")
        elif kind is float:
            out.append("null" if math.isinf(value) else java_double(value))
        elif kind in (int, bool, Decimal):
            out.append(_SIMPLE[kind](value))
        else:
            out.append(json_string(java_string(value), escape_slash=self._escape_slash))

    def _json_map(self, value: dict[Any, Any], depth: int) -> None:
        out = self._out
        out.append("{")
        first = True
        for key, item in value.items():
            if not first:
                out.append(",")
            first = False
            out.append(json_string(java_string(key), escape_slash=self._escape_slash) + ":")
            self.json(item, depth + 1)
        out.append("}")


def _show_decimal(value: Decimal) -> str:
    return str(value).replace("E+", "E+")


def _show_class(value: JavaClass) -> str:
    return f"class {value.name}"


def _show_boolean(value: Any) -> str:
    return "true" if value else "false"


def _show_iterator(_value: JavaIterator) -> str:
    return "java.util.Iterator@0"


_SIMPLE: dict[type, Callable[[Any], str]] = {
    str: str,
    Character: str,
    int: str,
    float: java_double,
    bool: _show_boolean,
    Decimal: _show_decimal,
    JavaClass: _show_class,
    JavaIterator: _show_iterator,
}

_CLASSES: dict[type, str] = {
    str: "java.lang.String",
    Character: "java.lang.Character",
    bool: "java.lang.Boolean",
    float: "java.lang.Double",
    Decimal: "java.math.BigDecimal",
    dict: "java.util.LinkedHashMap",
    list: "net.minidev.json.JSONArray",
    JavaList: "java.util.ArrayList",
    FixedList: "java.util.Arrays$ArrayList",
    JavaClass: "java.lang.Class",
    Entry: "java.util.LinkedHashMap$Entry",
    Foreach: "org.apache.velocity.runtime.directive.ForeachScope",
}
_INTEGER_BITS, _LONG_BITS = 31, 63


def java_class_name(value: Any) -> str:
    """The name of the Java class that a value stands for."""
    if value.__class__ is int:
        if -(2**_INTEGER_BITS) <= value < 2**_INTEGER_BITS:
            return "java.lang.Integer"
        return "java.lang.Long" if -(2**_LONG_BITS) <= value < 2**_LONG_BITS else "java.math.BigInteger"
    name = _CLASSES.get(value.__class__) or getattr(value, "java_class", None)
    if name is not None:
        return str(name)
    return "java.util.LinkedHashMap" if isinstance(value, dict) else "java.lang.Object"
