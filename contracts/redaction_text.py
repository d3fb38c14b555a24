"""Finds the values of sensitive fields inside text: JSON at any level of escaping, queries, forms, XML, printed maps.

Nothing is parsed and printed again: a value is replaced where it stands, so that the layout of everything else, also of
broken or truncated JSON, stays as it was seen.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Collection
from urllib.parse import quote, unquote_plus

#: Gives the text that stands in for the value of a name.
Replace = Callable[[str, str], str]

_SPACE = r"(?:\s|\\+[nrt])*"
_QUOTE = re.compile(r'(\\*)"')
_AFTER_STRING = re.compile(_SPACE + r"(?:[,}\]]|$|\[TRUNCATED\])")
_AFTER_KEY = re.compile(_SPACE + ":")
_SCALAR = re.compile(r"-?\d[\d.eE+-]*|true\b|false\b|null\b")
_BARE = re.compile(r"[^,}\]\r\n]*")
_IN_CONTAINER = re.compile(r'(?P<quote>\\*")|(?P<bracket>[{}\[\]])|(?P<scalar>-?\d[\d.eE+-]*|true\b|false\b)')
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_ESCAPED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_PARAMETER = re.compile(r'(?P<before>[?&]|: |^)(?P<name>[^=&?#\s"{}<>:]+)=(?P<value>[^&#\s"<>]*)')
_BASE64_BODY = re.compile(r'\\*"body\\*"\s*:\s*\\*"(?P<body>[A-Za-z0-9+/]{16,}={0,2})')
_BASE64_FLAG = re.compile(r'isBase64Encoded\\*"\s*:\s*true')
_SEPARATOR = re.compile(r', (?=(?P<name>[^\s,=;"{}]+)=)')
_USERINFO = re.compile(r"""(?P<before>://[^\s/:@?#"'<>\\]*:)(?P<password>[^\s/@?#"'<>\\]+)(?=@)""")
TRUNCATED = "[TRUNCATED]"


class FieldFinder:
    """Replaces the values of sensitive names in text. Names compare without regard to case."""

    def __init__(self, names: Collection[str], replace: Replace) -> None:
        self._names = frozenset(name.lower() for name in names)
        self._replace = replace
        longest_first = sorted(self._names, key=lambda name: (-len(name), name))
        plain = "|".join(map(re.escape, longest_first)) or r"(?!)"
        escaped = "|".join("".join(map(_character, name)) for name in longest_first) or r"(?!)"
        self._shortest = _without_longer(self._names)
        self._key = re.compile(
            rf'(?<!\\)(?P<slashes>\\*)"(?P<name>{escaped})(?P=slashes)"{_SPACE}:{_SPACE}', re.IGNORECASE
        )
        self._item = re.compile(rf"(?<![\w-])(?P<name>{plain})=", re.IGNORECASE)
        self._element = re.compile(
            rf"<(?P<name>(?:\w+:)?(?:{plain}))(?:\s[^<>]*)?>(?P<value>(?:<!\[CDATA\[.*?\]\]>|[^<])*)", re.IGNORECASE
        )
        self._part = re.compile(
            rf'name="(?P<name>{plain})"[^\r\n]*(?:\r?\n[^\r\n]+)*\r?\n\r?\n(?P<value>.*?)(?=\r?\n--|$)',
            re.IGNORECASE | re.DOTALL,
        )

    def mentions(self, text: str) -> bool:
        """Return whether a text may hold a sensitive name at all: the quick way out for nearly every text."""
        lowered = text.lower()
        for name in self._shortest:  # quicker than a pattern of alternatives
            if name in lowered:
                return True
        return "\\u" in text

    def redact(self, text: str) -> str:
        """Replace the values of JSON members, query and form parameters, XML elements and multipart parts."""
        text = self._members(text)
        if "=" in text:
            text = _PARAMETER.sub(self._parameter, text)
            text = self._part.sub(self._named_value, text)
        if "<" in text:
            text = self._element.sub(self._named_value, text)
        return text

    def redact_map(self, text: str) -> str:
        """Replace the values of a map as Java prints it: ``{Authorization=…, X-Api-Key=…}``."""
        written: list[str] = []
        position = 0
        while (item := self._item.search(text, position)) is not None:
            written.append(text[position : item.end()])
            end = _end_of_item(text, item.end())
            written.append(self._replace(item["name"], text[item.end() : end]))
            position = end
            while (following := _SEPARATOR.match(text, position)) and continues(item["name"], following["name"]):
                start = following.end() + len(following["name"]) + 1
                end = _end_of_item(text, start)
                written += [text[position:start], self._replace("", text[start:end])]
                position = end
        return "".join(written) + text[position:]

    def query(self, query: str) -> str:
        """Replace the values of sensitive parameters of a raw query string."""
        return "&".join(self._pair(pair) for pair in query.split("&"))

    def _pair(self, pair: str) -> str:
        name, equals, value = pair.partition("=")
        if not equals or unquote_plus(name).lower() not in self._names:
            return pair
        return f"{name}={quote(self._replace(unquote_plus(name), unquote_plus(value)), safe=':')}"

    def _parameter(self, match: re.Match[str]) -> str:
        return match["before"] + self._pair(f"{match['name']}={match['value']}")

    def _named_value(self, match: re.Match[str]) -> str:
        start = match.start("value") - match.start()
        return match[0][:start] + self._replace(match["name"].rpartition(":")[2], match["value"])

    def _members(self, text: str) -> str:
        written: list[str] = []
        position = 0
        while (key := self._key.search(text, position)) is not None:
            written.append(text[position : key.end()])
            level = (len(key["slashes"]) + 1).bit_length() - 1
            replaced, position = self._member_value(text, key.end(), level, unescape(key["name"], level + 1))
            written.append(replaced)
        return "".join(written) + text[position:]

    def _member_value(self, text: str, start: int, level: int, name: str) -> tuple[str, int]:
        """Return what stands in for the value that begins at ``start``, and where the value ends."""
        opening = "\\" * (2**level - 1) + '"'
        if text.startswith(TRUNCATED, start):
            return "", start
        if text.startswith(opening, start):
            return self._string(text, start, level, name)
        if text.startswith(("{", "["), start):
            return self._container(text, start, level, name)
        if scalar := _SCALAR.match(text, start):
            return self._scalar(scalar[0], opening, name), scalar.end()
        bare = _BARE.match(text, start)
        end = start if bare is None else bare.end()
        value = text[start:end].strip()
        return (self._replace(name, value) if value.strip('\\"') else text[start:end]), end

    def _string(self, text: str, start: int, level: int, name: str) -> tuple[str, int]:
        slashes = 2**level - 1
        content = start + slashes + 1
        end, after = _end_of_string(text, content, level)
        raw = text[content:end]
        value = self._replace(name, unescape(raw, level + 1))
        return text[start:content] + _escape(value, level + 1) + text[end:after], after

    def _scalar(self, literal: str, opening: str, name: str) -> str:
        return literal if literal == "null" else f"{opening}{self._replace(name, literal)}{opening}"

    def _container(self, text: str, start: int, level: int, name: str) -> tuple[str, int]:
        """Replace every value inside an object or array; names of members stay."""
        slashes = 2**level - 1
        written: list[str] = []
        depth, position = 0, start
        while (token := _IN_CONTAINER.search(text, position)) is not None:
            if token["quote"] and len(token["quote"]) - 1 < slashes:
                return "".join(written) + text[position : token.start()], token.start()
            if text.startswith(TRUNCATED, token.start()):
                break
            written.append(text[position : token.start()])
            position = token.end()
            if token["bracket"]:
                depth += 1 if token["bracket"] in "{[" else -1
                written.append(token["bracket"])
            elif token["scalar"]:
                written.append(self._scalar(token["scalar"], "\\" * slashes + '"', name))
            else:
                replaced, position = self._string_inside(text, token.end() - slashes - 1, level, name)
                written.append(replaced)
            if depth == 0:
                return "".join(written), position
        return "".join(written) + text[position:], len(text)

    def _string_inside(self, text: str, start: int, level: int, name: str) -> tuple[str, int]:
        end, after = _end_of_string(text, start + 2**level, level, lenient=False)
        if _AFTER_KEY.match(text, after) and after > end:
            return text[start:after], after
        return self._string(text, start, level, name)


def redact_base64_body(text: str, redact: Callable[[str], str]) -> str:
    """Redact inside the base64 body of a Lambda proxy event or answer; what the log cut off is left out."""
    if _BASE64_FLAG.search(text) is None:
        return text

    def body(match: re.Match[str]) -> str:
        encoded = match["body"]
        whole = len(encoded) // 4 * 4
        try:
            decoded = base64.b64decode(encoded[:whole]).decode("utf-8", "surrogateescape")
        except binascii.Error:
            return match[0]
        redacted = redact(decoded)
        if redacted == decoded:
            return match[0]
        again = base64.b64encode(redacted.encode("utf-8", "surrogateescape")).decode()
        return match[0][: match.start("body") - match.start()] + again

    return _BASE64_BODY.sub(body, text)


def redact_userinfo(text: str, replace: Callable[[str], str]) -> str:
    """Replace passwords that stand in addresses: of a backend (``https://user:password@host/``), or of a proxy."""
    if "://" not in text or "@" not in text:
        return text
    return _USERINFO.sub(lambda match: match["before"] + replace(match["password"]), text)


#: Headers that may follow another in a printed map. After ``Set-Cookie`` a cookie may follow, which has no such name.
_HEADER = re.compile(
    r"(?:x|access-control|content|accept|cache|cloudfront|sec|if|strict-transport|cross-origin|user|proxy|last|retry)-.*"
    r"|accept|age|allow|alt-svc|authorization|baggage|connection|cookie|date|dnt|etag|expect|expires|forwarded|from"
    r"|host|keep-alive|link|location|origin|permissions-policy|pragma|range|referer|referrer-policy|server|server-timing"
    r"|set-cookie|te|timing-allow-origin|traceparent|tracestate|trailer|transfer-encoding|upgrade|upgrade-insecure-requests|vary|via"
    r"|warning|www-authenticate|priority|tracestate|correlation-id|request-id",
    re.IGNORECASE,
)


def continues(name: str, following: str) -> bool:
    """Return whether a map item after a sensitive one is still part of its value.

    ``Signature`` after ``Authorization`` is: a printed map does not say where a value with ``, a=b`` in it ends. In
    doubt the item is taken for a part.
    """
    if name.lower() in {"cookie", "set-cookie"}:
        return _HEADER.fullmatch(following) is None
    return "-" not in following and _HEADER.fullmatch(following) is None


def unescape(text: str, times: int) -> str:
    """Undo JSON string escaping, some levels of it; a wrong escape stands for itself."""
    for _ in range(times):
        if "\\" not in text:
            break
        text = _ESCAPE.sub(_unescaped, text)
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
    return text


def _unescaped(match: re.Match[str]) -> str:
    code = match[1]
    return chr(int(code[1:], 16)) if len(code) > 1 else _ESCAPED.get(code, code)


def _escape(text: str, times: int) -> str:
    for _ in range(times):
        text = json.dumps(text, ensure_ascii=False)[1:-1]
    return text


def _end_of_string(text: str, content: int, level: int, *, lenient: bool = True) -> tuple[int, int]:
    """Return where a string's content and its closing quote end.

    A quote of level k is written behind 2^k - 1 backslashes. In broken JSON (a quote that was not escaped) the string
    is taken to end only where JSON could go on; without such a place it lasts to the end of the text.
    """
    slashes = 2**level - 1
    for quote_mark in _QUOTE.finditer(text, content):
        extra = len(quote_mark[1]) - slashes
        if extra < 0:
            return quote_mark.start(), quote_mark.start()
        own_backslashes, rest = divmod(extra, 2**level)
        if rest or own_backslashes % 2:
            continue
        if not lenient or _AFTER_STRING.match(text, quote_mark.end()):
            return quote_mark.start() + extra, quote_mark.end()
    return _end_of_text(text, content), _end_of_text(text, content)


def _end_of_text(text: str, start: int) -> int:
    """Return the end of a text without the mark that the log cut it."""
    end = len(text)
    if text.endswith(TRUNCATED):
        end = len(text[: -len(TRUNCATED)].rstrip(" "))
    return max(start, end)


def _end_of_item(text: str, start: int) -> int:
    """Return where the value of a map item ends: before the next item, or before the map's closing brace."""
    separator = _SEPARATOR.search(text, start)
    end = _end_of_text(text, start) if separator is None else separator.start()
    while end > start and text[end - 1] == "}" and text.count("}", start, end) > text.count("{", start, end):
        end -= 1
    return end


def _without_longer(names: Collection[str]) -> tuple[str, ...]:
    """Return the names without those that hold another one: where a longer one stands, the shorter does."""
    return tuple(name for name in names if not any(other in name for other in names if other != name))


def _character(character: str) -> str:
    """Return a pattern for a character of a JSON name, written out or as a Unicode escape at any level."""
    return rf"(?:{re.escape(character)}|\\+u{ord(character):04x})"
