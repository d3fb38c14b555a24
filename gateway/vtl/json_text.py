"""JSON text → values, as json-smart's permissive parser reads a body."""

import json
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NoReturn

from gateway.vtl.errors import JavaError
from gateway.vtl.utf16 import BLANKS, joined

_HIGH_PRECISION_DIGITS = 18
_MAXIMUM_DEPTH = 400
_MAXIMUM_DIGITS = 4000
_FLOAT = re.compile(r"-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,9})?")
_NUMBER_STARTS = frozenset("-0123456789")
_LAST_STOP = "}"
_END = "\x1a"
"""What json-smart takes for the end of the text."""

_WORDS: dict[str, Any] = {"null": None, "true": True, "false": False, "NaN": float("nan")}
_ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "b": "\b", "\\": "\\", "/": "/", "'": "'", '"': '"'}
_DIGITS_OF_ESCAPE = {"u": 4, "x": 2}


def _number(text: str) -> float | Decimal:
    return Decimal(text) if len(text) > _HIGH_PRECISION_DIGITS else float(text)


def _refused(name: str) -> NoReturn:
    raise ValueError(name)


_DECODER = json.JSONDecoder(parse_float=_number, parse_constant=_refused)


def parse_json(text: str) -> Any:
    """The value of a JSON text.

    What is no JSON is read as json-smart reads it: `{a:b,}` is an object, and `a=b` is the string `a=b`.

    Raises:
        JavaError: It is nothing that json-smart reads; API Gateway answers 400 then.
    """
    try:
        return _DECODER.decode(text)
    except (ValueError, ArithmeticError, RecursionError):
        pass
    try:
        return _Lenient(text).read()
    except RecursionError as error:
        raise JavaError("ParseException: the text is nested too deeply") from error


class _Lenient:
    """Reads what json-smart reads beyond JSON: single quotes, bare words, missing quotes and needless commas."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0

    def read(self) -> Any:
        return self._value("")  # what stands behind it is not looked at, as json-smart does not

    def _fail(self) -> NoReturn:
        raise JavaError(f"ParseException: the text is no JSON at position {self._at}")

    def _peek(self) -> str:
        return self._text[self._at] if self._at < len(self._text) else _END

    def _skip(self, passes: Callable[[str], bool]) -> str:
        """Go on while characters pass; the first one that does not."""
        while (character := self._peek()) != _END and passes(character):
            self._at += 1
        return character

    def _blanks(self) -> str:
        return self._skip(lambda character: character <= " ")

    def _value(self, stops: str) -> Any:
        character = self._skip(lambda found: found in " \t\r\n")
        if character in ":]}":
            self._fail()
        if character == "{":
            return self._nested(self._object)
        if character == "[":
            return self._nested(self._list)
        if character in "\"'":
            return self._quoted(character)
        return self._bare_number(stops) if character in _NUMBER_STARTS else self._bare(stops)

    def _nested(self, reader: Callable[[], Any]) -> Any:
        self._at += 1
        self._depth += 1
        if self._depth > _MAXIMUM_DEPTH:
            self._fail()
        result = reader()
        self._at += 1
        self._depth -= 1
        return result

    def _object(self) -> dict[str, Any]:
        result: dict[str, Any] = {}
        while (character := self._skip(lambda found: found in " \t\r\n,")) != "}":
            if character in ":[]{":
                self._fail()
            key = self._quoted(character) if character in "\"'" else self._word(":")
            if self._blanks() != ":":
                self._fail()
            self._at += 1
            if self._at >= len(self._text):
                self._fail()
            result[key] = self._value(",}")
            if (following := self._blanks()) == "}":
                break
            if following != ",":
                self._fail()
        return result

    def _list(self) -> list[Any]:
        result: list[Any] = []
        while (character := self._skip(lambda found: found in " \t\r\n,")) != "]":
            if character in ":}" or character == _END:
                self._fail()
            result.append(self._value(",]"))
        return result

    def _quoted(self, quote: str) -> str:
        end = self._text.find(quote, self._at + 1)
        if end < 0:
            self._fail()
        inner = self._text[self._at + 1 : end]
        if "\\" in inner:
            return self._escaped(quote)
        self._at = end + 1
        return inner

    def _escaped(self, quote: str) -> str:
        """A string with escapes; what is escaped for nothing and control characters are left out."""
        kept: list[str] = []
        while True:
            self._at += 1
            character = self._peek()
            if character == _END:
                self._fail()
            if character == quote:
                break
            if character == "\\":
                self._at += 1
                kept.append(self._escape(self._peek()))
            elif character > "\x1f" and character != "\x7f":
                kept.append(character)
        self._at += 1
        return joined("".join(kept))

    def _escape(self, name: str) -> str:
        size = _DIGITS_OF_ESCAPE.get(name)
        if size is None:
            return _ESCAPES.get(name, "")
        digits = self._text[self._at + 1 : self._at + 1 + size]
        if len(digits) < size or any(digit not in "0123456789abcdefABCDEF" for digit in digits):
            self._fail()
        self._at += size
        return chr(int(digits, 16))

    def _word(self, stops: str, begin: int = -1) -> str:
        begin = self._at if begin < 0 else begin
        self._skip(lambda character: character not in stops)
        return self._trimmed(begin)

    def _trimmed(self, begin: int) -> str:
        return self._text[begin : self._at].strip(BLANKS)

    def _bare(self, stops: str) -> Any:
        word = self._word(stops)
        return _WORDS.get(word, word)

    def _bare_number(self, stops: str) -> Any:
        """A number, or a word that begins like one."""
        begin = self._at
        self._at += 1
        character = self._digits()
        is_float = character in ".eE"
        if character == ".":
            self._at += 1
            character = self._digits()
        if is_float and character in "eE":
            self._at += 1
            if self._peek() not in "+-0123456789":
                return self._word(stops, begin)
            self._at += 1
            self._digits()
        character = self._blanks()
        if character <= _LAST_STOP and character not in stops and character != _END:
            return self._word(stops, begin)
        return self._float(self._trimmed(begin)) if is_float else self._integer(self._trimmed(begin))

    def _digits(self) -> str:
        return self._skip(lambda character: character in "0123456789")

    def _integer(self, digits: str) -> int:
        if len(digits) > _MAXIMUM_DIGITS:
            self._fail()
        return 0 if digits == "-" else int(digits)

    def _float(self, digits: str) -> float | Decimal:
        if _FLOAT.fullmatch(digits) is None:
            raise JavaError(f"NumberFormatException: For input string: {digits[:80]!r}")
        return _number(digits)
