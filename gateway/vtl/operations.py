"""Arithmetic, comparison and truth as Velocity 1.7 has them."""

import math
from decimal import ROUND_HALF_DOWN, Decimal
from typing import Any

from gateway.vtl.errors import LimitError
from gateway.vtl.printing import java_string
from gateway.vtl.values import Character, JavaArray, View

_MAXIMUM_BITS = 10_000
_NUMBERS = (int, float, Decimal)


def is_number(value: Any) -> bool:
    """Whether Java calls it a Number."""
    return value.__class__ in _NUMBERS


def add(left: Any, right: Any) -> Any:
    """`left + right`: a sum, or the two strung together where one is a string; None is null."""
    if left.__class__ is int and right.__class__ is int:
        return left + right
    if left.__class__ is str or right.__class__ is str:
        return (java_string(left) if left is not None else "null") + (
            java_string(right) if right is not None else "null"
        )
    return _calculate(left, right, "+")


def subtract(left: Any, right: Any) -> Any:
    """`left - right`, None where one is no number."""
    return _calculate(left, right, "-")


def multiply(left: Any, right: Any) -> Any:
    """`left * right`, None where one is no number."""
    return _calculate(left, right, "*")


def divide(left: Any, right: Any) -> Any:
    """`left / right`, cut towards zero for integers; None where one is no number or the divisor is zero."""
    return _calculate(left, right, "/")


def modulo(left: Any, right: Any) -> Any:
    """`left % right` with the sign of the left one; None where one is no number or the divisor is zero."""
    return _calculate(left, right, "%")


def _calculate(left: Any, right: Any, operator: str) -> Any:
    if left.__class__ not in _NUMBERS or right.__class__ not in _NUMBERS:
        return None
    if operator in "/%" and right == 0:
        return None
    if left.__class__ is Decimal or right.__class__ is Decimal:
        return _decimal(_to_decimal(left), _to_decimal(right), operator)
    if left.__class__ is float or right.__class__ is float:
        return _double(float(left), float(right), operator)
    return _integer(int(left), int(right), operator)


def _integer(left: int, right: int, operator: str) -> int:
    if operator == "+":
        return left + right
    if operator == "-":
        return left - right
    if operator == "*":
        if left.bit_length() + right.bit_length() > _MAXIMUM_BITS:
            raise LimitError(f"A product has more than {_MAXIMUM_BITS:,} bits")
        return left * right
    quotient = abs(left) // abs(right)
    if (left < 0) != (right < 0):
        quotient = -quotient
    return quotient if operator == "/" else left - quotient * right


def _double(left: float, right: float, operator: str) -> float:
    if operator == "+":
        return left + right
    if operator == "-":
        return left - right
    if operator == "*":
        return left * right
    return left / right if operator == "/" else math.fmod(left, right)


def _decimal(left: Decimal, right: Decimal, operator: str) -> Any:
    if operator == "+":
        return left + right
    if operator == "-":
        return left - right
    if operator == "*":
        return left * right
    if operator == "/":
        return (left / right).quantize(Decimal(1).scaleb(left.as_tuple().exponent), rounding=ROUND_HALF_DOWN)  # type: ignore[arg-type]  # a finite number's exponent is an int
    return left % right


def _to_decimal(value: Any) -> Decimal:
    return Decimal(repr(value)) if value.__class__ is float else Decimal(value)


def equals(left: Any, right: Any) -> bool:
    """`left == right`: numbers by value, things of one class by `equals`, others by how they print."""
    if left.__class__ is str and right.__class__ is str:
        return bool(left == right)
    if left.__class__ in _NUMBERS and right.__class__ in _NUMBERS:
        return compare(left, right) == 0
    if left is None or right is None:
        return left is right
    if left.__class__ is right.__class__ or _one_family(left, right):
        return java_equals(left, right)
    return java_string(left) == java_string(right)


def _one_family(left: Any, right: Any) -> bool:
    if isinstance(left, JavaArray) or isinstance(right, JavaArray):
        return False
    return (isinstance(left, dict) and isinstance(right, dict)) or (isinstance(left, list) and isinstance(right, list))


def not_equals(left: Any, right: Any) -> bool:
    """`left != right`."""
    return not equals(left, right)


def compare(left: Any, right: Any) -> int:
    """-1, 0 or 1 for two numbers."""
    if left.__class__ is float or right.__class__ is float:
        left, right = float(left), float(right)
    return int(left > right) - int(left < right)


def less(left: Any, right: Any) -> bool:
    """`left < right`; false where one is no number."""
    return left.__class__ in _NUMBERS and right.__class__ in _NUMBERS and compare(left, right) < 0


def less_or_equal(left: Any, right: Any) -> bool:
    """`left <= right`; false where one is no number."""
    return left.__class__ in _NUMBERS and right.__class__ in _NUMBERS and compare(left, right) <= 0


def greater(left: Any, right: Any) -> bool:
    """`left > right`; false where one is no number."""
    return left.__class__ in _NUMBERS and right.__class__ in _NUMBERS and compare(left, right) > 0


def greater_or_equal(left: Any, right: Any) -> bool:
    """`left >= right`; false where one is no number."""
    return left.__class__ in _NUMBERS and right.__class__ in _NUMBERS and compare(left, right) >= 0


def java_equals(left: Any, right: Any) -> bool:
    """Java's `left.equals(right)`, by which an integer never equals a boolean or a double."""
    if left is right:
        return True
    if left.__class__ in (str, int, float, bool, Decimal, Character) or left is None:
        return left.__class__ is right.__class__ and bool(left == right)
    if isinstance(left, JavaArray) or isinstance(right, JavaArray):
        return False
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(java_equals, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return len(left) == len(right) and all(key in right and java_equals(left[key], right[key]) for key in left)
    if isinstance(left, View) and isinstance(right, View) and left.__class__ is right.__class__:
        return left.__class__ is not View and java_string(left) == java_string(right)
    return False


def truth(value: Any) -> bool:
    """Whether a reference with this value counts as true: all but false and null do, an empty string and zero too."""
    return value is not None and value is not False
