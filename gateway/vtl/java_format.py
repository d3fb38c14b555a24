"""`String.format`, without its dates.

See: https://docs.oracle.com/javase/8/docs/api/java/util/Formatter.html
"""

import re
from decimal import MAX_EMAX, MIN_EMIN, ROUND_HALF_UP, Context, Decimal
from typing import Any, NamedTuple

from gateway.vtl.errors import JavaError, LimitError
from gateway.vtl.java_hash import java_hash_of
from gateway.vtl.printing import java_class_name, java_string
from gateway.vtl.values import Character, JavaArray, StringArray

_SPECIFIER = re.compile(r"%(?:(\d+)\$|(<))?([-#+ 0,(]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])", re.ASCII)
_MAXIMUM_WIDTH = 1_000_000
_DEFAULT_PRECISION = 6
_LEAST_GENERAL = Decimal("0.0001")


class _Specifier(NamedTuple):
    text: str
    flags: str
    width: int
    precision: int | None
    conversion: str


def java_format(pattern: str, arguments: tuple[Any, ...]) -> str:
    """The pattern with its arguments.

    Raises:
        JavaError: An argument is missing or of the wrong class, or a conversion is unknown.
        LimitError: The result is too long.
    """
    if len(arguments) == 1 and arguments[0].__class__ in (JavaArray, StringArray):
        arguments = tuple(arguments[0])
    result: list[str] = []
    last = following = size = 0
    place = -1
    for match in _SPECIFIER.finditer(pattern):
        _no_percent(pattern[last : match.start()])
        result.append(pattern[last : match.start()])
        last = match.end()
        specifier = _specifier(match)
        if specifier.conversion in "%n":
            result.append(_padded("%", specifier) if specifier.conversion == "%" else "\n")
            continue
        if match[1]:
            place = int(match[1]) - 1
        elif not match[2]:
            place, following = following, following + 1
        if not 0 <= place < len(arguments):
            raise JavaError(f"MissingFormatArgumentException: Format specifier '{match.group()}'")
        result.append(_formatted(specifier, arguments[place]))
        size += len(result[-1])
        if size > 16 * _MAXIMUM_WIDTH:
            raise LimitError("A string of more than 16,000,000 characters is made")
    _no_percent(pattern[last:])
    result.append(pattern[last:])
    return "".join(result)


def _no_percent(text: str) -> None:
    if "%" in text:
        raise JavaError("UnknownFormatConversionException: Conversion = '%'")


def _specifier(match: re.Match[str]) -> _Specifier:
    _place, _again, flags, width, precision, conversion = match.groups()
    if any(len(digits or "") > 9 or int(digits or 0) > _MAXIMUM_WIDTH for digits in (width, precision)):  # noqa: PLR2004
        raise LimitError("A width of more than 1,000,000 characters is asked for")
    if width is None and ("-" in flags or "0" in flags):
        raise JavaError(f"MissingFormatWidthException: {match.group()}")
    if ("-" in flags and "0" in flags) or ("+" in flags and " " in flags):
        raise JavaError(f"IllegalFormatFlagsException: Flags = '{flags}'")
    if precision is not None and conversion in "dxXoc%n":
        raise JavaError(f"IllegalFormatPrecisionException: {precision}")
    return _Specifier(match.group(), flags, int(width or 0), int(precision) if precision else None, conversion)


def _formatted(specifier: _Specifier, value: Any) -> str:
    shown = _converted(specifier, value)
    return _padded(shown.upper() if specifier.conversion.isupper() else shown, specifier)


def _padded(shown: str, specifier: _Specifier) -> str:
    if "-" in specifier.flags:
        return shown.ljust(specifier.width)
    if "0" in specifier.flags:
        sign = re.match(r"[-+( ]?(?:0x)?", shown, re.IGNORECASE)
        at = sign.end() if sign is not None and sign.group() != "0" else 0
        return shown[:at] + shown[at:].rjust(specifier.width - at, "0")
    return shown.rjust(specifier.width)


def _converted(specifier: _Specifier, value: Any) -> str:
    conversion = specifier.conversion.lower()
    if conversion in "sbh":
        shown = _text(conversion, value)
        return shown if specifier.precision is None else shown[: specifier.precision]
    if value is None:
        return "null"
    if conversion == "c":
        return _character(value)
    if conversion == "d" and value.__class__ is int:
        return _signed(f"{abs(value):{',' if ',' in specifier.flags else ''}d}", specifier.flags, negative=value < 0)
    if conversion in "xo" and value.__class__ is int:
        return _unsigned(specifier, value)
    if conversion in "feg" and value.__class__ in (float, Decimal):
        return _fraction(conversion, specifier, value)
    if conversion in "dxofega":
        raise JavaError(f"IllegalFormatConversionException: {conversion} != {java_class_name(value)}")
    raise JavaError(f"UnknownFormatConversionException: Conversion = '{conversion}'")


def _text(conversion: str, value: Any) -> str:
    if conversion == "b":
        return java_string(value if value.__class__ is bool else value is not None)
    if value is None:
        return "null"
    if conversion == "h":
        return f"{java_hash_of(value) & 0xFFFFFFFF:x}"
    return java_string(value)


def _character(value: Any) -> str:
    if value.__class__ is Character:
        return str(value)
    if value.__class__ is int and 0 <= value <= 0x10FFFF:  # noqa: PLR2004 - the last code point
        return chr(value)
    raise JavaError(f"IllegalFormatConversionException: c != {java_class_name(value)}")


def _signed(digits: str, flags: str, *, negative: bool) -> str:
    if negative:
        return f"({digits})" if "(" in flags else f"-{digits}"
    return ("+" if "+" in flags else " " if " " in flags else "") + digits


def _unsigned(specifier: _Specifier, value: int) -> str:
    """Hexadecimal or octal digits; negative numbers as their bits."""
    bits = {"java.lang.Integer": 32, "java.lang.Long": 64}.get(java_class_name(value))
    if bits is not None:
        value &= (1 << bits) - 1
    kind = specifier.conversion.lower()
    return ({"x": "0x", "o": "0"}[kind] if "#" in specifier.flags else "") + f"{value:{kind}}"


def _fraction(conversion: str, specifier: _Specifier, value: Any) -> str:
    if value != value or value in (float("inf"), float("-inf")):  # noqa: PLR0124 - NaN
        return java_string(value)
    number = abs(Decimal(repr(value)) if value.__class__ is float else value)
    precision = _DEFAULT_PRECISION if specifier.precision is None else specifier.precision
    if conversion == "g":
        conversion, precision = _general(number, precision or 1)
    digits = _plain(number, precision, specifier.flags) if conversion == "f" else _scientific(number, precision)
    return _signed(digits, specifier.flags, negative=java_string(value).startswith("-"))


def _rounded(number: Decimal, places: int) -> Decimal:
    context = Context(prec=len(number.as_tuple().digits) + abs(number.adjusted()) + abs(places) + 2)
    context.Emax, context.Emin = MAX_EMAX, MIN_EMIN
    return number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP, context=context)


def _general(number: Decimal, precision: int) -> tuple[str, int]:
    """`%g` is `%f` for numbers of a usual size, `%e` for others."""
    if number == 0:
        return "f", precision - 1
    rounded = _rounded(number, precision - 1 - number.adjusted())
    if _LEAST_GENERAL <= rounded < Decimal(10) ** precision:
        return "f", precision - 1 - rounded.adjusted()
    return "e", precision - 1


def _plain(number: Decimal, precision: int, flags: str) -> str:
    return f"{_rounded(number, precision):{',' if ',' in flags else ''}f}"


def _scientific(number: Decimal, precision: int) -> str:
    if number == 0:
        return f"{Decimal(0).scaleb(-precision):f}e+00"
    rounded = _rounded(number, precision - number.adjusted())
    exponent = rounded.adjusted()
    digits = "".join(map(str, rounded.as_tuple().digits))[: precision + 1].ljust(precision + 1, "0")
    point = "." if precision else ""
    return f"{digits[0]}{point}{digits[1:]}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"
