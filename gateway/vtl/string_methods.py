"""The methods of `java.lang.String` that templates use."""

import re
import sys
from collections.abc import Callable
from typing import Any

from gateway.vtl import java_regex
from gateway.vtl.errors import JavaError, LimitError
from gateway.vtl.java_format import java_format
from gateway.vtl.java_hash import java_hash, wrapped
from gateway.vtl.operations import java_equals
from gateway.vtl.printing import java_string
from gateway.vtl.utf16 import BLANKS, in_units, joined, units
from gateway.vtl.values import ByteArray, Character, CharacterArray, StringArray

_MAXIMUM = 16_000_000
_DOUBLE = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[fFdD]?")
_HEXADECIMAL_DOUBLE = re.compile(r"[+-]?0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)[pP][+-]?[0-9]{1,9}[fFdD]?")
_PREFIXED = re.compile(r"[+-]?0[xXoO]")
_NO_BREAK = 0x2007
_WHITESPACE = "\t\n\x0b\f\r\x1c\x1d\x1e\x1f \u1680\u2028\u2029\u205f\u3000" + "".join(
    chr(code) for code in range(0x2000, 0x200B) if code != _NO_BREAK
)


def _range(size: int, start: int, end: int) -> None:
    if start < 0 or end > size or start > end:
        raise JavaError(f"String index out of range: begin {start}, end {end}, length {size}")


def _substring(text: str, start: int, end: int) -> str:
    _range(len(text), start, end)
    return text[start:end]


def _replace(text: str, old: str, new: str) -> str:
    if len(new) > len(old) and len(text) + text.count(old) * (len(new) - len(old)) > _MAXIMUM:
        raise LimitError("A replacement makes a string of more than 16,000,000 characters")
    return text.replace(old, new)


def _char_at(text: str, at: int) -> str:
    if not 0 <= at < len(text):
        raise JavaError(f"String index out of range: {at}")
    return Character(text[at])


def _code_at(text: str, at: int) -> int:
    if not 0 <= at < len(text):
        raise JavaError(f"String index out of range: {at}")
    return ord(joined(text[at : at + 2])[0])


def _character(code: int) -> str:
    """The units of a code; for none, what no text holds."""
    return units(chr(code)) if 0 <= code <= sys.maxunicode else "\ud800\ud800"


def _folded(text: str) -> str:
    """What `equalsIgnoreCase` compares: every character by itself in upper case and then in lower case."""
    if text.isascii():
        return text.lower()
    return "".join(one_character(one_character(character, str.upper), str.lower) for character in text)


def one_character(character: str, change: Callable[[str], str]) -> str:
    """What a character becomes in another case; itself where that would be several characters."""
    changed = change(character)
    return changed if len(changed) == 1 else character


def _compare_to(left: str, right: Any) -> int:
    if right.__class__ is not str:
        raise JavaError("ClassCastException: a string is compared with something else")
    return _compare(left, right)


def _compare(left: str, right: str) -> int:
    left, right = units(left), units(right)
    for one, other in zip(left, right, strict=False):
        if one != other:
            return ord(one) - ord(other)
    return len(left) - len(right)


def _repeat(text: str, count: int) -> str:
    if count < 0:
        raise JavaError(f"count is negative: {count}")
    if len(text) * count > _MAXIMUM:
        raise LimitError("A string of more than 16,000,000 characters is made")
    return text * count


def _concat(text: str, other: str) -> str:
    if len(text) + len(other) > _MAXIMUM:
        raise LimitError("A string of more than 16,000,000 characters is made")
    return text + other


def _number(kind: Callable[[str], Any], text: str) -> Any:
    try:
        if text.strip() != text or "_" in text:
            raise ValueError(text)  # noqa: TRY301 - Python is laxer than Java here
        return kind(text)
    except ValueError as error:
        raise JavaError(f"NumberFormatException: For input string: {text!r}") from error


class Long:
    """Marks an argument that may be a long, where `int` marks one that may be an Integer alone."""


def parse_integer(text: str, radix: int = 10, *, bits: int = 32) -> int:
    """`Integer.parseInt`, or `Long.parseLong` with 64 bits."""
    if _PREFIXED.match(text) and radix in (2, 8, 16):  # Python reads 0x10, Java does not
        raise JavaError(f"NumberFormatException: For input string: {text[:80]!r}")
    if len(text) > 65:  # noqa: PLR2004 - no long has more digits, in any radix
        raise JavaError("NumberFormatException: too many digits")
    number = int(_number(lambda digits: int(digits, radix), text))
    if wrapped(number, bits) != number:
        raise JavaError(f"NumberFormatException: For input string: {text!r}")
    return number


def parse_double(text: str) -> float:
    """`Double.parseDouble`."""
    trimmed = text.strip(BLANKS)
    if _DOUBLE.fullmatch(trimmed):
        return float(trimmed.rstrip("fFdD"))
    if _HEXADECIMAL_DOUBLE.fullmatch(trimmed):
        try:
            return float.fromhex(trimmed.rstrip("fFdD"))
        except OverflowError:
            return float("-inf" if trimmed.startswith("-") else "inf")
    if trimmed.lstrip("+-") in ("NaN", "Infinity") and trimmed[1:2] not in ("+", "-"):
        return float(trimmed)
    raise JavaError(f"NumberFormatException: For input string: {text[:80]!r}")


def _characters(text: str) -> CharacterArray:
    return CharacterArray(map(Character, units(text)))


def _bytes(text: str) -> ByteArray:
    return _bytes_in(text, "utf-8")


def _bytes_in(text: str, charset: str) -> ByteArray:
    try:
        encoded = text.encode(charset, errors="replace")
    except LookupError as error:
        raise JavaError(f"UnsupportedEncodingException: {charset}") from error
    return ByteArray(byte - 256 if byte > 127 else byte for byte in encoded)  # noqa: PLR2004 - Java's bytes are signed


def _value_of(text: str, value: Any) -> str:
    found = _of_characters(text, value)
    return java_string(value) if found is None else found


def _of_characters(_text: str, value: Any) -> str | None:
    return "".join(value) if isinstance(value, CharacterArray) else None


def _last_index(text: str, part: str, at: int) -> int:
    return text.rfind(part, 0, at + len(part)) if at >= 0 else -1


Checked = tuple[Callable[..., Any], tuple[type, ...]]
Methods = dict[tuple[str, int], list[Checked]]
"""Name and number of arguments → the functions and the classes of arguments that they take."""

_S, _I, _O = str, int, object

STRING_METHODS: Methods = {
    ("length", 0): [(in_units(len), ())],
    ("isEmpty", 0): [(lambda text: not text, ())],
    ("isBlank", 0): [(lambda text: not text.strip(_WHITESPACE), ())],
    ("toString", 0): [(lambda text: text, ())],
    ("intern", 0): [(lambda text: text, ())],
    ("trim", 0): [(lambda text: text.strip(BLANKS), ())],
    ("strip", 0): [(lambda text: text.strip(_WHITESPACE), ())],
    ("stripLeading", 0): [(lambda text: text.lstrip(_WHITESPACE), ())],
    ("stripTrailing", 0): [(lambda text: text.rstrip(_WHITESPACE), ())],
    ("toUpperCase", 0): [(str.upper, ())],
    ("toLowerCase", 0): [(str.lower, ())],
    ("hashCode", 0): [(java_hash, ())],
    ("toCharArray", 0): [(_characters, ())],
    ("getBytes", 0): [(_bytes, ())],
    ("getBytes", 1): [(_bytes_in, (_S,))],
    ("charAt", 1): [(in_units(_char_at), (_I,))],
    ("codePointAt", 1): [(in_units(_code_at), (_I,))],
    ("substring", 1): [(in_units(lambda text, start: _substring(text, start, len(text))), (_I,))],
    ("substring", 2): [(in_units(_substring), (_I, _I))],
    ("subSequence", 2): [(in_units(_substring), (_I, _I))],
    ("indexOf", 1): [(in_units(str.find), (_S,)), (in_units(lambda text, code: text.find(_character(code))), (_I,))],
    ("indexOf", 2): [
        (in_units(lambda text, part, at: text.find(part, max(at, 0))), (_S, _I)),
        (in_units(lambda text, code, at: text.find(_character(code), max(at, 0))), (_I, _I)),
    ],
    ("lastIndexOf", 1): [
        (in_units(str.rfind), (_S,)),
        (in_units(lambda text, code: text.rfind(_character(code))), (_I,)),
    ],
    ("lastIndexOf", 2): [
        (in_units(_last_index), (_S, _I)),
        (in_units(lambda text, code, at: _last_index(text, _character(code), at)), (_I, _I)),
    ],
    ("contains", 1): [(lambda text, part: part in text, (_S,))],
    ("startsWith", 1): [(lambda text, part: text.startswith(part), (_S,))],
    ("startsWith", 2): [
        (in_units(lambda text, part, at: 0 <= at <= len(text) and text.startswith(part, at)), (_S, _I))
    ],
    ("endsWith", 1): [(lambda text, part: text.endswith(part), (_S,))],
    ("equals", 1): [(java_equals, (_O,))],
    ("equalsIgnoreCase", 1): [(lambda text, other: _folded(text) == _folded(other), (_S,))],
    ("contentEquals", 1): [(lambda text, other: text == other, (_S,))],
    ("compareTo", 1): [(_compare_to, (_O,))],
    ("compareToIgnoreCase", 1): [(lambda text, other: _compare(_folded(text), _folded(other)), (_S,))],
    ("concat", 1): [(_concat, (_S,))],
    ("repeat", 1): [(_repeat, (_I,))],
    ("replace", 2): [(_replace, (_S, _S)), (_replace, (Character, Character))],
    ("replaceAll", 2): [(java_regex.replace, (_S, _S))],
    ("replaceFirst", 2): [(lambda text, old, new: java_regex.replace(text, old, new, count=1), (_S, _S))],
    ("matches", 1): [(java_regex.matches, (_S,))],
    ("split", 1): [(lambda text, pattern: StringArray(java_regex.split(text, pattern)), (_S,))],
    ("split", 2): [(lambda text, pattern, limit: StringArray(java_regex.split(text, pattern, limit)), (_S, _I))],
    ("valueOf", 1): [(_value_of, (_O,))],
    ("copyValueOf", 1): [(_of_characters, (CharacterArray,))],
    ("regionMatches", 4): [
        (
            in_units(
                lambda text, at, other, start, size: (
                    at >= 0
                    and start >= 0
                    and text[at : at + size] == other[start : start + size]
                    and at + size <= len(text)
                )
            ),
            (_I, _S, _I, _I),
        )
    ],
}


def format_string(_text: str, pattern: str, *arguments: Any) -> str:
    """`String.format`, which templates call on any string."""
    return java_format(pattern, arguments)
