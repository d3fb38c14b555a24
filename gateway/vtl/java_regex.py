"""Java's regular expressions on Python's `regex` package, with a time limit.

The package is used and not `re` because it can be stopped, and knows possessive quantifiers and class intersections.

See: https://docs.oracle.com/javase/8/docs/api/java/util/regex/Pattern.html
"""

import re
import sys
from functools import lru_cache
from typing import Any

import regex  # type: ignore[import-untyped]  # it has no stubs

from gateway.vtl.errors import JavaError, LimitError

TIMEOUT_SECONDS = 0.25
_MAXIMUM_RESULT = 16_000_000
_ASCII_CLASSES = {
    "Lower": "a-z",
    "Upper": "A-Z",
    "ASCII": "\\x00-\\x7f",
    "Alpha": "a-zA-Z",
    "Digit": "0-9",
    "Alnum": "a-zA-Z0-9",
    "Punct": "!-/:-@\\[-`{-~",
    "Graph": "!-~",
    "Print": "\\x20-~",
    "Blank": "\\x20\\t",
    "Cntrl": "\\x00-\\x1f\\x7f",
    "XDigit": "0-9a-fA-F",
    "Space": "\\x20\\t\\n\\x0b\\f\\r",
}
_ASCII_ESCAPES = {
    "d": "0-9",
    "s": "\\x20\\t\\n\\x0b\\f\\r",
    "w": "a-zA-Z0-9_",
    "h": "\\x20\\t\\xa0\\u1680\\u180e\\u2000-\\u200a\\u202f\\u205f\\u3000",
    "v": "\\n\\x0b\\f\\r\\x85\\u2028\\u2029",
}
_JAVA_CLASSES = {
    "javaLowerCase": "Lowercase",
    "javaUpperCase": "Uppercase",
    "javaLetter": "L",
    "javaDigit": "Nd",
    "javaLetterOrDigit": "Alphabetic",
}
_REPETITION = re.compile(r"\{[0-9]+(?:,[0-9]*)?\}")
_CHARACTER = re.compile(
    r"c(?P<control>[\x00-\x7f])|x\{(?P<hexadecimal>[0-9a-fA-F]{1,8})\}|0(?P<octal>[0-3][0-7]{2}|[0-7]{1,2})"
)
_NAMED = re.compile(r"<([a-zA-Z][a-zA-Z0-9]*)>")
_NO_LINE_END = "[^\\n\\r\\x85\\u2028\\u2029]"
_END = "(?=(?:\\r\\n|[\\n\\r\\x85\\u2028\\u2029])?\\Z)"
_ESCAPES = {"Z": _END, "z": "\\Z", "e": "\\x1b"}


def translate(pattern: str) -> str:
    """A Java pattern as the `regex` package writes it (version 1 syntax)."""
    result: list[str] = []
    at, depth = 0, 0
    dot_all = pattern.startswith("(?") and "s" in pattern[2:].partition(")")[0] and pattern[2:3].isalpha()
    multiline = pattern.startswith("(?") and "m" in pattern[2:].partition(")")[0] and pattern[2:3].isalpha()
    while at < len(pattern):
        character = pattern[at]
        if character == "\\":
            piece, at = _escape(pattern, at, in_class=depth > 0)
            result.append(piece)
            continue
        if character == "[":
            depth += 1
            if pattern.startswith("[:", at):  # no POSIX class in Java
                character, at = "[\\:", at + 1
        elif character == "{" and not depth:
            _check_repetition(pattern, at)
        elif character == "]" and depth:
            depth -= 1
        elif not depth and character == "." and not dot_all:
            character = _NO_LINE_END
        elif not depth and character == "$" and not multiline:
            character = _END
        result.append(character)
        at += 1
    return "".join(result)


def _check_repetition(pattern: str, at: int) -> None:
    """Refuse a brace that repeats nothing, which Python takes for itself."""
    if pattern[at - 1 : at] in ("", "(", "|") or _REPETITION.match(pattern, at) is None:
        raise ValueError(f"Illegal repetition near index {at}")


def _escape(pattern: str, at: int, *, in_class: bool) -> tuple[str, int]:
    """What an escape means, and where it ends."""
    following = pattern[at + 1 : at + 2]
    if following == "Q":
        end = pattern.find("\\E", at)
        quoted = pattern[at + 2 : end if end >= 0 else len(pattern)]
        return regex.escape(quoted), (end + 2 if end >= 0 else len(pattern))
    if following and following.lower() in _ASCII_ESCAPES:
        return _class_of(_ASCII_ESCAPES[following.lower()], in_class=in_class, is_not=following.isupper()), at + 2
    if following and following in "pP" and pattern[at + 2 : at + 3] == "{":
        return _property(pattern, at, in_class=in_class)
    named = _NAMED.match(pattern, at + 2) if following == "k" else None
    if named is not None:
        return f"(?P={named[1]})", named.end()
    character = _CHARACTER.match(pattern, at + 1)
    if character is not None:
        return regex.escape(_character(character)), character.end()
    return _ESCAPES.get(following, pattern[at : at + 2]), at + 2


def _class_of(inner: str, *, in_class: bool, is_not: bool) -> str:
    if is_not:
        return f"[^{inner}]"
    return inner if in_class else f"[{inner}]"


def _property(pattern: str, at: int, *, in_class: bool) -> tuple[str, int]:
    r"""`\p{Alpha}`: POSIX classes are of ASCII characters, Java's own and Unicode's of all."""
    kind = pattern[at + 1]
    name, _, _ = pattern[at + 3 :].partition("}")
    end = at + 4 + len(name)
    if name in _ASCII_CLASSES:
        return _class_of(_ASCII_CLASSES[name], in_class=in_class, is_not=kind == "P"), end
    return f"\\{kind}{{{_JAVA_CLASSES.get(name, name)}}}", end


def _character(match: re.Match[str]) -> str:
    r"""`\cA`, `\x{41}`, `\0101`."""
    if match["control"]:
        return chr(ord(match["control"]) ^ 64)
    code = int(match["hexadecimal"], 16) if match["hexadecimal"] else int(match["octal"], 8)
    if code > sys.maxunicode:
        raise ValueError("Hexadecimal codepoint is too big")
    return chr(code)


@lru_cache(maxsize=512)
def compiled(pattern: str) -> Any:
    """A Java pattern, ready for use.

    Raises:
        JavaError: The pattern is no regular expression.
    """
    try:
        return regex.compile(translate(pattern), regex.VERSION1)
    except (regex.error, RecursionError, OverflowError, ValueError) as error:
        raise JavaError(f"{pattern!r} is no regular expression: {error}") from error


def matches(text: str, pattern: str) -> bool:
    """`text.matches(pattern)`: the whole text must match."""
    try:
        return compiled(pattern).fullmatch(text, timeout=TIMEOUT_SECONDS) is not None
    except TimeoutError as error:
        raise _too_slow(pattern) from error


def replace(text: str, pattern: str, replacement: str, *, count: int = 0) -> str:
    """`replaceAll`, or `replaceFirst` with a count of 1."""
    pieces: list[str] = []
    size, last = 0, 0
    parts = _replacement_parts(replacement)
    try:
        for number, match in enumerate(compiled(pattern).finditer(text, timeout=TIMEOUT_SECONDS)):
            if count and number >= count:
                break
            for piece in (text[last : match.start()], *_expanded(match, parts)):
                pieces.append(piece)
                size += len(piece)
            last = match.end()
            if size > _MAXIMUM_RESULT:
                raise LimitError("A replacement makes a string of more than 16,000,000 characters")
    except TimeoutError as error:
        raise _too_slow(pattern) from error
    pieces.append(text[last:])
    return "".join(pieces)


def split(text: str, pattern: str, limit: int = 0) -> list[str]:
    """`text.split(pattern, limit)`: trailing empty strings go where the limit is 0."""
    parts: list[str] = []
    last = 0
    try:
        for match in compiled(pattern).finditer(text, timeout=TIMEOUT_SECONDS):
            if 0 < limit <= len(parts) + 1:
                break
            if match.end() == 0:
                continue
            parts.append(text[last : match.start()])
            last = match.end()
    except TimeoutError as error:
        raise _too_slow(pattern) from error
    if not parts and last == 0:
        return [text]
    parts.append(text[last:])
    while limit == 0 and parts and parts[-1] == "":
        parts.pop()
    return parts


def _too_slow(pattern: str) -> LimitError:
    return LimitError(f"The regular expression {pattern[:60]!r} needs more than {TIMEOUT_SECONDS:g} seconds")


def _replacement_parts(replacement: str) -> list[str | int]:
    """Text, group numbers, and group names behind a `$`."""
    parts: list[str | int] = []
    at = 0
    while at < len(replacement):
        character = replacement[at]
        if character == "\\":
            if at + 1 == len(replacement):
                raise JavaError("The replacement ends with a backslash: 'character to be escaped is missing'")
            parts.append(replacement[at + 1])
            at += 2
        elif character == "$":
            part, at = _group(replacement, at + 1)
            parts.append(part)
        else:
            parts.append(character)
            at += 1
    return parts


def _group(replacement: str, at: int) -> tuple[str | int, int]:
    if replacement[at : at + 1] == "{":
        name, brace, _ = replacement[at + 1 :].partition("}")
        if not brace or not name.isalnum():
            raise JavaError("Illegal group reference in the replacement")
        return "$" + name, at + len(name) + 2
    end = at
    while end < len(replacement) and replacement[end] in "0123456789":
        end += 1
    if end == at:
        raise JavaError("Illegal group reference in the replacement: a $ without a group")
    return int(replacement[at:end]), end


def _expanded(match: Any, parts: list[str | int]) -> list[str]:
    result: list[str] = []
    for part in parts:
        if isinstance(part, str) and len(part) == 1:
            result.append(part)
        elif isinstance(part, str):
            result.append(_group_text(match, part[1:]))
        else:
            result.append(_numbered(match, part))
    return result


def _numbered(match: Any, number: int) -> str:
    """Java takes as many digits as make a group that exists; the rest is text."""
    digits = str(number)
    for length in range(len(digits), 0, -1):
        if int(digits[:length]) <= match.re.groups:
            return _group_text(match, int(digits[:length])) + digits[length:]
    raise JavaError(f"No group {digits[0]}")


def _group_text(match: Any, group: str | int) -> str:
    try:
        return match.group(group) or ""
    except IndexError as error:
        raise JavaError(f"No group with name {{{group}}}") from error
