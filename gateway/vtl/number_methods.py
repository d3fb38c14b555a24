"""The methods of Java's numbers, characters and booleans, the static ones among them."""

import math
from collections.abc import Callable
from typing import Any

from gateway.vtl.errors import JavaError
from gateway.vtl.java_hash import java_hash_of, wrapped
from gateway.vtl.operations import compare
from gateway.vtl.printing import java_class_name, java_string
from gateway.vtl.string_methods import Long, Methods, one_character, parse_double, parse_integer
from gateway.vtl.values import Character

_I, _O, _S = int, object, str
_INTEGER_BITS = 32


def _bits_of(value: int) -> int:
    """32 for an Integer, 64 for a Long, whose static methods are called on it."""
    return _INTEGER_BITS if wrapped(value) == value else 2 * _INTEGER_BITS


def _digits(value: int, number: int, kind: str) -> str:
    """`toHexString`, `toBinaryString`, `toOctalString`."""
    return f"{number & ((1 << _bits_of(value)) - 1):{kind}}"


_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def _in_radix(_value: int, number: int, radix: int) -> str:
    radix = radix if 2 <= radix <= len(_DIGITS) else 10  # noqa: PLR2004 - as Java takes what is no radix for 10
    digits = ""
    rest = abs(number)
    while rest or not digits:
        rest, digit = divmod(rest, radix)
        digits = _DIGITS[digit] + digits
    return f"-{digits}" if number < 0 else digits


def _parsed(value: int, text: str) -> int:
    return parse_integer(text, bits=_bits_of(value))


def _parsed_in_radix(value: int, text: str, radix: int) -> int:
    if not 2 <= radix <= len(_DIGITS):  # noqa: PLR2004 - the radixes that there are
        raise JavaError(f"NumberFormatException: radix {radix} is no radix")
    return parse_integer(text, radix, bits=_bits_of(value))


def _static(function: Callable[..., Any]) -> Callable[..., Any]:
    """A static method of Integer or Long, by what it is called on; an Integer's takes no longs."""

    def call(value: int, *numbers: int) -> Any:
        if _bits_of(value) == _INTEGER_BITS and any(wrapped(number) != number for number in numbers):
            return None
        return function(value, *numbers)

    return call


def _hexadecimal(value: float) -> str:
    """`Double.toHexString`."""
    if not math.isfinite(value):
        return java_string(value)
    digits, _, exponent = value.hex().partition("p")
    whole, _, fraction = digits.partition(".")
    return f"{whole}.{fraction.rstrip('0') or '0'}p{exponent.lstrip('+')}"


def _numeric(_value: str, other: str) -> int:
    return int(other, 36) if other.isascii() and other.isalnum() else -1


def _compare_to(left: Any, right: Any) -> int:
    if java_class_name(left) != java_class_name(right):
        raise JavaError(f"ClassCastException: {java_class_name(left)} is compared with {java_class_name(right)}")
    return compare(left, right)


NUMBER_METHODS: Methods = {
    ("intValue", 0): [(lambda value: wrapped(int(value), 32), ())],
    ("longValue", 0): [(lambda value: wrapped(int(value), 64), ())],
    ("shortValue", 0): [(lambda value: wrapped(int(value), 16), ())],
    ("byteValue", 0): [(lambda value: wrapped(int(value), 8), ())],
    ("doubleValue", 0): [(float, ())],
    ("floatValue", 0): [(float, ())],
    ("compareTo", 1): [(_compare_to, (_O,))],
}
INTEGER_METHODS: Methods = {
    **NUMBER_METHODS,
    ("parseInt", 1): [(lambda value, text: _parsed(value, text) if _bits_of(value) == _INTEGER_BITS else None, (_S,))],
    ("parseLong", 1): [(lambda value, text: _parsed(value, text) if _bits_of(value) != _INTEGER_BITS else None, (_S,))],
    ("parseInt", 2): [(_parsed_in_radix, (_S, _I))],
    ("valueOf", 1): [(_parsed, (_S,)), (_static(lambda _value, other: other), (Long,))],
    ("toString", 1): [(_static(lambda _value, other: java_string(other)), (Long,))],
    ("toString", 2): [(_static(_in_radix), (Long, _I))],
    ("hashCode", 1): [(_static(lambda _value, other: java_hash_of(other)), (Long,))],
    ("toHexString", 1): [(_static(lambda value, other: _digits(value, other, "x")), (Long,))],
    ("toBinaryString", 1): [(_static(lambda value, other: _digits(value, other, "b")), (Long,))],
    ("toOctalString", 1): [(_static(lambda value, other: _digits(value, other, "o")), (Long,))],
    ("bitCount", 1): [(_static(lambda value, other: _digits(value, other, "b").count("1")), (Long,))],
    ("max", 2): [(_static(lambda _value, one, other: max(one, other)), (Long, Long))],
    ("min", 2): [(_static(lambda _value, one, other: min(one, other)), (Long, Long))],
    ("sum", 2): [(_static(lambda value, one, other: wrapped(one + other, _bits_of(value))), (Long, Long))],
    ("compare", 2): [(_static(lambda _value, one, other: compare(one, other)), (Long, Long))],
    ("signum", 1): [(_static(lambda _value, other: compare(other, 0)), (Long,))],
}
DOUBLE_METHODS: Methods = {
    **NUMBER_METHODS,
    ("toHexString", 1): [(lambda _value, other: _hexadecimal(float(other)), (float,))],
    ("parseDouble", 1): [(lambda _value, text: parse_double(text), (_S,))],
    ("valueOf", 1): [(lambda _value, text: parse_double(text), (_S,)), (lambda _value, other: float(other), (float,))],
    ("toString", 1): [(lambda _value, other: java_string(float(other)), (float,))],
    ("max", 2): [(lambda _value, one, other: float(max(one, other)), (float, float))],
    ("min", 2): [(lambda _value, one, other: float(min(one, other)), (float, float))],
    ("sum", 2): [(lambda _value, one, other: float(one + other), (float, float))],
    ("isFinite", 1): [(lambda _value, other: math.isfinite(other), (float,))],
    ("isInfinite", 1): [(lambda _value, other: math.isinf(other), (float,))],
    ("isNaN", 1): [(lambda _value, other: math.isnan(other), (float,))],
    ("compare", 2): [(lambda _value, one, other: compare(one, other), (float, float))],
    ("isNaN", 0): [(lambda value: value != value, ())],  # noqa: PLR0124 - this is what NaN is
    ("isInfinite", 0): [(lambda value: value in (float("inf"), float("-inf")), ())],
}
CHARACTER_METHODS: Methods = {
    ("charValue", 0): [(lambda value: value, ())],
    ("compareTo", 1): [(lambda value, other: ord(value) - ord(other), (Character,))],
    ("isDigit", 1): [(lambda _value, other: other.isdecimal(), (Character,))],
    ("isLetter", 1): [(lambda _value, other: other.isalpha(), (Character,))],
    ("isLetterOrDigit", 1): [(lambda _value, other: other.isalpha() or other.isdecimal(), (Character,))],
    ("isUpperCase", 1): [(lambda _value, other: other.isupper(), (Character,))],
    ("isLowerCase", 1): [(lambda _value, other: other.islower(), (Character,))],
    ("isWhitespace", 1): [(lambda _value, other: other.isspace() and other not in "\xa0\u2007\u202f", (Character,))],
    ("toUpperCase", 1): [(lambda _value, other: Character(one_character(other, str.upper)), (Character,))],
    ("toLowerCase", 1): [(lambda _value, other: Character(one_character(other, str.lower)), (Character,))],
    ("getNumericValue", 1): [(_numeric, (Character,))],
    ("toString", 1): [(lambda _value, other: str(other), (Character,))],
    ("valueOf", 1): [(lambda _value, other: other, (Character,))],
}
BOOLEAN_METHODS: Methods = {
    ("logicalAnd", 2): [(lambda _value, one, other: one and other, (bool, bool))],
    ("logicalOr", 2): [(lambda _value, one, other: one or other, (bool, bool))],
    ("logicalXor", 2): [(lambda _value, one, other: one is not other, (bool, bool))],
    ("booleanValue", 0): [(lambda value: value, ())],
    ("compareTo", 1): [(_compare_to, (_O,))],
    ("parseBoolean", 1): [(lambda _value, text: text.lower() == "true", (_S,))],
    ("valueOf", 1): [(lambda _value, text: text.lower() == "true", (_S,))],
    ("toString", 1): [(lambda _value, other: java_string(other), (bool,))],
}
