"""Arithmetic, comparison and truth as Velocity 1.7 has them."""

import math
from decimal import MAX_EMAX, MIN_EMIN, ROUND_HALF_DOWN, Context, Decimal
from typing import Any

from gateway.vtl.errors import JavaError, LimitError
from gateway.vtl.printing import java_string
from gateway.vtl.values import Character, JavaArray, View

_MAXIMUM_BITS = 10_000
_MAXIMUM_DIGITS = 4_000
_LONG_LIMIT = 2**63
_EXACT = Context(prec=5 * _MAXIMUM_DIGITS, Emax=MAX_EMAX, Emin=MIN_EMIN)
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
    if _are_big_decimals(left, right):
        return _decimal(_to_decimal(left), _to_decimal(right), operator)
    if left.__class__ is float or right.__class__ is float:
        return _double(float(left), float(right), operator)
    return _integer(int(left), int(right), operator)


def _is_big(value: Any) -> bool:
    """Whether an integer is a BigInteger, for no long holds it."""
    return value.__class__ is int and not -_LONG_LIMIT <= value < _LONG_LIMIT


def _are_big_decimals(left: Any, right: Any) -> bool:
    """Whether Velocity calculates with BigDecimals: with one, or with a BigInteger and a double."""
    if left.__class__ is Decimal or right.__class__ is Decimal:
        return True
    return (left.__class__ is float and _is_big(right)) or (right.__class__ is float and _is_big(left))


def _integer(left: int, right: int, operator: str) -> int:
    if operator == "+":
        return left + right
    if operator == "-":
        return left - right
    if operator == "*":
        if left.bit_length() + right.bit_length() > _MAXIMUM_BITS:
            raise LimitError(f"A product has more than {_MAXIMUM_BITS:,} bits")
        return left * right
    if operator == "%" and (_is_big(left) or _is_big(right)):
        if right < 0:
            raise JavaError("ArithmeticException: BigInteger: modulus not positive")
        return left % right
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
    return left / right if operator == "/" else _remainder(left, right)


def _remainder(left: float, right: float) -> float:
    return math.nan if math.isinf(left) or math.isnan(left) else math.fmod(left, right)


def _decimal(left: Decimal, right: Decimal, operator: str) -> Decimal:
    if max(_size(left), _size(right)) > _MAXIMUM_DIGITS:
        raise LimitError(f"A number with more than {_MAXIMUM_DIGITS:,} digits is calculated with")
    if operator == "%":
        raise JavaError("ArithmeticException: Cannot calculate the modulo of BigDecimals.")
    if operator == "/":
        quotient = _EXACT.divide(left, right).quantize(
            Decimal(1).scaleb(left.as_tuple().exponent, context=_EXACT),  # type: ignore[arg-type]  # a finite number's exponent is an int
            rounding=ROUND_HALF_DOWN,
            context=_EXACT,
        )
        return quotient or quotient.copy_abs()  # a BigDecimal has no negative zero
    calculate = {"+": _EXACT.add, "-": _EXACT.subtract, "*": _EXACT.multiply}[operator]
    result = calculate(left, right)
    return result or result.copy_abs()


def _size(value: Decimal) -> int:
    return len(value.as_tuple().digits) + abs(value.adjusted())


def _to_decimal(value: Any) -> Decimal:
    """`new BigDecimal(value.doubleValue())`, exact for a BigInteger."""
    if value.__class__ is Decimal or _is_big(value):
        return Decimal(value)
    if not math.isfinite(value):
        raise JavaError("NumberFormatException: Infinite or NaN")
    return Decimal(float(value))


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
    """-1, 0 or 1 for two numbers.

    Raises:
        JavaError: One is a BigDecimal and the other is no number of its kind.
    """
    if _are_big_decimals(left, right):
        left, right = _to_decimal(left), _to_decimal(right)
    elif left.__class__ is float or right.__class__ is float:
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
