"""`String.format` for the conversions that templates use."""

import re
from decimal import Decimal
from typing import Any

from gateway.vtl.errors import JavaError, LimitError
from gateway.vtl.printing import java_double, java_string

_SPECIFIER = re.compile(r"%(?:(\d+)\$)?([-#+ 0,(]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])")
_MAXIMUM_WIDTH = 1_000_000


def java_format(pattern: str, arguments: tuple[Any, ...]) -> str:
    """The pattern with its arguments.

    Raises:
        JavaError: An argument is missing or of the wrong class, or a conversion is unknown.
    """
    if len(arguments) == 1 and isinstance(arguments[0], list):
        arguments = tuple(arguments[0])
    result: list[str] = []
    last = following = size = 0
    for match in _SPECIFIER.finditer(pattern):
        if "%" in pattern[last : match.start()]:
            raise JavaError("UnknownFormatConversionException: Conversion = '%'")
        result.append(pattern[last : match.start()])
        last = match.end()
        position, _flags, width, precision, conversion = match.groups()
        if conversion in "%n":
            result.append("%" if conversion == "%" else "\n")
            continue
        at = int(position) - 1 if position else following
        following += 0 if position else 1
        if at >= len(arguments):
            raise JavaError(f"MissingFormatArgumentException: Format specifier '{match.group()}'")
        if int(width or 0) > _MAXIMUM_WIDTH or int(precision or 0) > _MAXIMUM_WIDTH:
            raise LimitError("A width of more than 1,000,000 characters is asked for")
        result.append(_formatted(match, arguments[at]))
        size += len(result[-1])
        if size > 16 * _MAXIMUM_WIDTH:
            raise LimitError("A string of more than 16,000,000 characters is made")
    if "%" in pattern[last:]:
        raise JavaError("UnknownFormatConversionException: Conversion = '%'")
    result.append(pattern[last:])
    return "".join(result)


def _formatted(match: re.Match[str], value: Any) -> str:
    _position, flags, width, precision, conversion = match.groups()
    shown = _converted(conversion.lower(), flags, precision, value)
    if conversion.isupper():
        shown = shown.upper()
    size = int(width or 0)
    if "-" in flags:
        return shown.ljust(size)
    if "0" in flags:
        sign = shown[:1] if shown[:1] in "+-" else ""
        return sign + shown[len(sign) :].rjust(size - len(sign), "0")
    return shown.rjust(size)


def _converted(conversion: str, flags: str, precision: str | None, value: Any) -> str:
    if conversion in "sb":
        shown = "null" if value is None else java_string(value)
        if conversion == "b":
            shown = java_string(value) if value.__class__ is bool else java_string(value is not None)
        return shown[: int(precision)] if precision else shown
    if value is None:
        return "null"
    if conversion in "dxo" and value.__class__ is int:
        return _integer(conversion, flags, value)
    if conversion in "fe" and value.__class__ in (float, Decimal):
        comma = "," if "," in flags else ""
        plus = "+" if "+" in flags else ""
        return f"{value:{plus}{comma}.{precision or 6}{conversion}}"
    if conversion == "c" and isinstance(value, (str, int)):
        return chr(value) if isinstance(value, int) else value[:1]
    raise JavaError(f"IllegalFormatConversionException: {conversion} != {java_double(0.0) and type(value).__name__}")


def _integer(conversion: str, flags: str, value: int) -> str:
    if conversion == "x":
        return f"{value & 0xFFFFFFFF if value < 0 else value:x}"
    if conversion == "o":
        return f"{value & 0xFFFFFFFF if value < 0 else value:o}"
    plus = "+" if "+" in flags else " " if " " in flags else ""
    return f"{value:{plus}{',' if ',' in flags else ''}d}"
