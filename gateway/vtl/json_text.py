"""JSON text → values, as json-smart's permissive parser reads a body."""

import json
import re
from decimal import Decimal
from typing import Any, NoReturn

from gateway.vtl.errors import JavaError

_HIGH_PRECISION_DIGITS = 18
_MAXIMUM_DEPTH = 400
_LENIENT_NUMBER = re.compile(r"-?[0-9]{1,300}\.?")


def _number(text: str) -> float | Decimal:
    return Decimal(text) if len(text) > _HIGH_PRECISION_DIGITS else float(text)


def _refused(name: str) -> NoReturn:
    raise ValueError(name)


_DECODER = json.JSONDecoder(parse_float=_number, parse_constant=_refused)


def parse_json(text: str) -> Any:
    """The value of a JSON text.

    A text that does not begin like an object or a list and is no JSON is a string, as API Gateway has it: `a=b` gives
    `a=b`.

    Raises:
        JavaError: The text begins like an object or a list and is none; API Gateway answers 400 then.
    """
    try:
        return _DECODER.decode(text)
    except (ValueError, RecursionError) as error:
        stripped = text.strip()
        if not stripped.startswith(("{", "[")):
            return stripped
        return _Lenient(stripped, error).read()


class _Lenient:
    """Reads what json-smart reads beyond JSON: single quotes, bare words, missing quotes and trailing commas."""

    def __init__(self, text: str, cause: Exception) -> None:
        self._text = text
        self._at = 0
        self._cause = cause
        self._depth = 0

    def read(self) -> Any:
        return self._value("")  # what stands behind it is not looked at, as json-smart does not

    def _fail(self) -> NoReturn:
        raise JavaError(f"ParseException: the text is no JSON at position {self._at}") from self._cause

    def _blanks(self) -> None:
        while self._at < len(self._text) and self._text[self._at] in " \t\r\n":
            self._at += 1

    def _peek(self) -> str:
        self._blanks()
        if self._at >= len(self._text):
            self._fail()
        return self._text[self._at]

    def _value(self, stops: str) -> Any:
        character = self._peek()
        if character == "{":
            return self._object()
        if character == "[":
            return self._list()
        if character in "\"'":
            return self._quoted(character)
        return self._bare(stops)

    def _enter(self) -> None:
        self._at += 1
        self._depth += 1
        if self._depth > _MAXIMUM_DEPTH:
            self._fail()

    def _object(self) -> dict[str, Any]:
        self._enter()
        result: dict[str, Any] = {}
        while (character := self._peek()) != "}":
            if character == ",":
                self._at += 1
                continue
            key = self._quoted(character) if character in "\"'" else str(self._word(":}"))
            if self._peek() != ":":
                self._fail()
            self._at += 1
            result[key] = self._value(",}")
            if self._peek() not in ",}":
                self._fail()
        self._at += 1
        self._depth -= 1
        return result

    def _list(self) -> list[Any]:
        self._enter()
        result: list[Any] = []
        while (character := self._peek()) != "]":
            if character == ",":
                self._at += 1
                continue
            result.append(self._value(",]"))
            if self._peek() not in ",]":
                self._fail()
        self._at += 1
        self._depth -= 1
        return result

    def _quoted(self, quote: str) -> str:
        end = self._at + 1
        while end < len(self._text) and self._text[end] != quote:
            end += 2 if self._text[end] == "\\" else 1
        if end >= len(self._text):
            self._fail()
        inner = self._text[self._at + 1 : end]
        self._at = end + 1
        if quote == "'":
            inner = inner.replace("\\'", "'").replace('"', '\\"')
        try:
            return str(json.loads(f'"{inner}"', strict=False))
        except ValueError:
            return inner

    def _word(self, stops: str) -> str:
        end = self._at
        while end < len(self._text) and self._text[end] not in stops:
            end += 1
        word = self._text[self._at : end].strip()
        self._at = end
        return word

    def _bare(self, stops: str) -> Any:
        word = self._word(stops)
        if not word:
            self._fail()
        if _LENIENT_NUMBER.fullmatch(word):
            return float(word) if "." in word else int(word)
        try:
            return _DECODER.decode(word)
        except ValueError:
            return word
