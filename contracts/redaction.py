"""Takes secrets out of evidence before it is written, so that equality can still be judged.

A secret becomes ``redacted:`` and twelve hex digits of a keyed digest: equal secrets give equal tokens in headers,
URLs, JSON (also inside escaped JSON), log lines and configuration. Redacted are headers that carry credentials, fields
and headers that the user declares sensitive, and every occurrence of a known secret value. The key is thrown away when
the recording is finished (``contracts.recording.redaction_key``).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any, TypeVar
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from contracts.evidence import AccessEntry, Configuration, Exchange, Execution, HttpRequest, HttpResponse, Trace
from contracts.redaction_documents import DocumentRedactor, map_strings
from contracts.redaction_text import TRUNCATED, FieldFinder, continues, redact_base64_body, redact_userinfo
from gateway.execution import LoggedMap, LoggedText
from gateway.messages import Headers

R = TypeVar("R")

#: Headers, members of proxy events, and fields of OAuth's answers that always carry credentials.
SENSITIVE_NAMES = frozenset(
    {
        "access_token",
        "apikey",
        "authorization",
        "authorizationtoken",
        "client_secret",
        "cookie",
        "id_token",
        "proxy-authorization",
        "refresh_token",
        "set-cookie",
        "x-access-token",
        "x-amz-credential",
        "x-amz-security-token",
        "x-amz-signature",
        "x-api-key",
        "x-auth-token",
    }
)

_PREFIX = "redacted:"
_TOKEN = re.compile(r"redacted:[0-9a-f]{12}")
_MIN_SECRET_LENGTH = 8
_MIN_CUT_LENGTH = 4
_FEW_FORMS = 200
_SCHEME = re.compile(
    r"(?P<scheme>basic|bearer|digest|negotiate|apikey|token|aws4-hmac-sha256)(?P<space> +)(?P<rest>.+)",
    re.IGNORECASE | re.DOTALL,
)
_COOKIE_ATTRIBUTES = frozenset(
    {"domain", "expires", "httponly", "max-age", "partitioned", "path", "priority", "samesite", "secure"}
)
_LOGGED_SECRET = re.compile(r"(?P<before>API Key: |Incoming identity: )(?P<value>[^\s*]+)")


def is_redacted(text: str) -> bool:
    """Return whether a text holds a token that stands for a secret (its length, pattern and type prove nothing)."""
    return _TOKEN.search(text) is not None


class Redactor:
    """Replaces secrets by tokens.

    Args:
        key: The key of the digest, 32 bytes.
        header_names: Headers to redact beside those that always are.
        field_names: Names of JSON members, parameters and variables to redact.
        secrets: Known secret values; one of at least 8 characters is replaced wherever it stands, however escaped.
        masks: Values that hide a secret already (``***``) and stay as they are.
    """

    def __init__(
        self,
        key: bytes,
        *,
        header_names: Collection[str] = (),
        field_names: Collection[str] = (),
        secrets: Collection[str] = (),
        masks: Collection[str] = (),
    ) -> None:
        self._key = key
        self._masks = frozenset(masks)
        self._names = SENSITIVE_NAMES | {name.lower() for name in (*header_names, *field_names)}
        self._secrets = sorted(
            {value for value in secrets if len(value) >= _MIN_SECRET_LENGTH}, key=lambda v: (-len(v), v)
        )
        self._known = _any_of(self._secrets)
        self._seen: dict[str, str] = {}
        self._fields = FieldFinder(self._names, self._value)
        self._documents = DocumentRedactor(self._names, self._value, self._known_secrets)

    def token(self, value: str) -> str:
        """Return the token of a value; a token, a mask that hides the secret already, and nothing stay as they are."""
        if not value or value in self._masks or _TOKEN.fullmatch(value):
            return value
        digest = hmac.new(self._key, value.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
        token = f"{_PREFIX}{digest[:12]}"
        if len(value) >= _MIN_SECRET_LENGTH and not value.isalpha():  # a word may stand elsewhere for itself
            self._seen[value] = token
        return token

    def text(self, text: str) -> str:
        """Redact a text: a body, a message, a value."""
        text = redact_userinfo(self._known_secrets(text), self.token)
        if self._fields.mentions(text):
            text = self._fields.redact(text)
        return redact_base64_body(text, self.text) if "isBase64Encoded" in text else text

    def log_text(self, text: str) -> str:
        """Redact a line of a log, in which maps are printed as Java prints them."""
        text = self.text(text)
        if "=" in text and self._fields.mentions(text):
            text = self._fields.redact_map(text)
        return _LOGGED_SECRET.sub(lambda match: match["before"] + self.token(match["value"]), text)

    def body(self, body: bytes) -> bytes:
        """Redact a body; bytes that are no text stay as they are."""
        redacted = self.text(body.decode("utf-8", "surrogateescape"))
        return redacted.encode("utf-8", "surrogateescape")

    def headers(self, headers: Headers) -> Headers:
        """Redact header values; the names of cookies and the scheme of an authorization stay."""
        return Headers((name, self._header(name, value)) for name, value in headers.items())

    def url(self, url: str, *, resource_path: str | None = None) -> str:
        """Redact a URL: sensitive query parameters, sensitive path parameters of the resource, known secrets."""
        try:
            parts = urlsplit(url)
        except ValueError:
            return self.text(url)
        path = self._path(parts.path, resource_path or "")
        redacted = urlunsplit(parts._replace(path=path, query=self._fields.query(parts.query)))
        return redact_userinfo(self._known_secrets(redacted), self.token)

    def exchange(self, exchange: Exchange) -> Exchange:
        """Redact what a client sent and got."""
        return self._whole(exchange, self._exchange)

    def execution(self, execution: Execution) -> Execution:
        """Redact a request as the gateway logged it, line by line and field by field alike."""
        return self._whole(execution, self._execution)

    def access_entry(self, access_entry: AccessEntry) -> AccessEntry:
        """Redact a line of the access log: credentials among its ``$context`` variables, and known secrets."""
        return self._whole(access_entry, self._access_entry)

    def trace(self, trace: Trace) -> Trace:
        """Redact a trace."""
        return self._whole(trace, lambda whole: map_strings(whole, self.text))

    def configuration(self, configuration: Configuration) -> Configuration:
        """Redact a configuration: API keys, static credentials in mappings, sensitive stage variables, examples."""
        redacted = self._documents.configuration(configuration)
        self._seen.clear()
        return redacted

    def contract(self, document: Mapping[str, Any]) -> Mapping[str, Any]:
        """Redact the examples of a contract, and static credentials in its mappings."""
        redacted = self._documents.contract(document)
        self._seen.clear()
        return redacted

    def document(self, plain: Any) -> Any:
        """Redact known secrets anywhere in plain data."""
        return map_strings(plain, self._known_secrets)

    def _whole(self, record: R, redact: Callable[[R], R]) -> R:
        """Redact a record, then whatever was found secret in one place of it in all its other places."""
        self._seen.clear()
        redacted = redact(record)
        if self._seen:
            seen = {form: token for value, token in self._seen.items() for form in _forms(value)}
            replace_all = _replace_each if len(seen) <= _FEW_FORMS else _replacer_of_many(seen)
            redacted = map_strings(redacted, lambda text: replace_all(text, seen))
            self._seen.clear()
        return redacted

    def _exchange(self, exchange: Exchange) -> Exchange:
        request, response = exchange.request, exchange.response
        return replace(
            exchange,
            request=HttpRequest(
                http_method=request.http_method,
                url=self.url(request.url, resource_path=exchange.resource_path),
                headers=self.headers(request.headers),
                body=self.body(request.body),
            ),
            response=response
            and HttpResponse(
                status=response.status, headers=self.headers(response.headers), body=self.body(response.body)
            ),
            error=None if exchange.error is None else self.text(exchange.error),
            intent=self.text(exchange.intent),
        )

    def _execution(self, execution: Execution) -> Execution:
        def special(value: Any) -> Any:
            if isinstance(value, LoggedMap):
                return replace(value, items=self._items(value.items))
            if isinstance(value, LoggedText) and value.truncated:
                text = change(f"{value.text} {TRUNCATED}").removesuffix(TRUNCATED).removesuffix(" ")
                return replace(value, text=text)
            return value

        def change(text: str) -> str:
            return self._cut(self.log_text(text))

        if execution.api_key and not execution.api_key.startswith("*"):
            execution = replace(execution, api_key=self.token(execution.api_key))
        authorizer = execution.authorizer
        if authorizer is not None and authorizer.identity and not authorizer.identity.startswith("*"):
            authorizer = replace(authorizer, identity=self.token(authorizer.identity))
            execution = replace(execution, authorizer=authorizer)
        return map_strings(execution, change, special=special)

    def _access_entry(self, entry: AccessEntry) -> AccessEntry:
        values, raw = {}, self.log_text(entry.raw)
        for variable, value in entry.values.items():
            name = variable.rpartition(".")[2].lower()
            values[variable] = self._value(name, value) if name in self._names else self.text(value)
            if name in self._names and value:
                raw = _replace_word(raw, value, values[variable])
        invalid = None if entry.invalid is None else self.text(entry.invalid)
        return replace(entry, raw=raw, values=values, invalid=invalid)

    def _items(self, items: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
        redacted: list[tuple[str, str]] = []
        inside = ""
        for name, value in items:
            if name.lower() in self._names:
                inside = name
                redacted.append((name, self._value(name, value)))
            elif inside and continues(inside, name):
                redacted.append((name, self.token(value)))
            else:
                inside = ""
                redacted.append((name, self.text(value)))
        return tuple(redacted)

    def _header(self, name: str, value: str) -> str:
        return self._value(name, value) if name.lower() in self._names else self.text(value)

    def _value(self, name: str, value: str) -> str:
        """Return what stands in for the value of a sensitive name."""
        match name.lower():
            case "authorization" | "authorizationtoken" | "proxy-authorization":
                scheme = _SCHEME.fullmatch(value)
                return (
                    self.token(value)
                    if scheme is None
                    else f"{scheme['scheme']}{scheme['space']}{self.token(scheme['rest'])}"
                )
            case "cookie" | "set-cookie":
                return ";".join(self._cookie(pair, index) for index, pair in enumerate(value.split(";")))
            case _:
                return self.token(value)

    def _cookie(self, pair: str, index: int) -> str:
        name, equals, value = pair.partition("=")
        if index and name.strip().lower() in _COOKIE_ATTRIBUTES:
            return pair
        space = pair[: len(pair) - len(pair.lstrip())]
        return f"{name}={self.token(value)}" if equals else f"{space}{self.token(pair.strip())}"

    def _path(self, path: str, resource_path: str) -> str:
        """Replace the segments that the resource's sensitive path parameters stand for, counted from the end."""
        segments, names = path.split("/"), resource_path.split("/")
        if len(segments) < len(names):
            return path
        for index, name in enumerate(reversed(names), start=1):
            if name.startswith("{") and name.strip("{}").lower() in self._names and segments[-index]:
                segments[-index] = quote(self.token(unquote(segments[-index])), safe=":")
        return "/".join(segments)

    def _known_secrets(self, text: str) -> str:
        if self._known is None:
            return text
        return self._known.sub(self._known_token, text)

    def _known_token(self, match: re.Match[str]) -> str:
        index = match.lastindex
        return match[0] if index is None else self._quiet_token(self._secrets[index - 1])

    def _quiet_token(self, value: str) -> str:
        token = self.token(value)
        self._seen.pop(value, None)
        return token

    def _cut(self, text: str) -> str:
        """Redact the beginning of a known secret at the place where the log was cut."""
        if not text.endswith(TRUNCATED):
            return text
        shown = text[: -len(TRUNCATED)].rstrip(" ")
        for secret in self._secrets:
            for length in range(len(secret) - 1, _MIN_CUT_LENGTH - 1, -1):
                if shown.endswith(secret[:length]):
                    return shown[:-length] + self.token(secret[:length]) + text[len(shown) :]
        return text


def _any_of(secrets: Collection[str]) -> re.Pattern[str] | None:
    """Return a pattern with one group a secret, which finds it in whatever way JSON, URLs or XML escape it."""
    if not secrets:
        return None
    return re.compile("|".join(f"({''.join(map(_any_form, secret))})" for secret in secrets))


def _any_form(character: str) -> str:
    if character.isascii() and character.isalnum():
        return character
    units = character.encode("utf-16-be", "surrogatepass").hex()
    escaped = "".join(rf"\\+u(?i:{units[i : i + 4]})" for i in range(0, len(units), 4))
    percent = "".join(f"(?i:%{byte:02x})" for byte in character.encode("utf-8", "surrogatepass"))
    forms = [rf"\\*{re.escape(character)}" if character != "\\" else r"\\+", escaped, percent]
    named = {" ": r"\+", "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#0*39;|&apos;"}.get(character)
    control = {"\n": r"\\+n", "\r": r"\\+r", "\t": r"\\+t", "\b": r"\\+b", "\f": r"\\+f"}.get(character)
    return f"(?:{'|'.join([*filter(None, (named, control)), *forms])})"


def _forms(value: str) -> tuple[str, ...]:
    """Return a value as it may stand elsewhere in the same record: itself, escaped as JSON, percent-encoded."""
    forms = [value]
    for ensure_ascii in (True, False):
        escaped = value
        for _ in range(3):
            escaped = json.dumps(escaped, ensure_ascii=ensure_ascii)[1:-1]
            forms.append(escaped)
    forms += [quote(value, safe="", errors="replace"), quote(value, errors="replace")]
    return tuple(dict.fromkeys(sorted(forms, key=len, reverse=True)))


def _replace_each(text: str, tokens: Mapping[str, str]) -> str:
    for value, token in tokens.items():
        if value in text:
            text = text.replace(value, token)
    return text


def _replacer_of_many(tokens: Mapping[str, str]) -> Callable[[str, Mapping[str, str]], str]:
    """Return what replaces thousands of values in one pass: a list that is answered may hold one a row."""
    by_head: dict[str, list[str]] = {}
    for value in sorted(tokens, key=len, reverse=True):
        by_head.setdefault(value[:_MIN_SECRET_LENGTH], []).append(value)

    def replace_many(text: str, tokens: Mapping[str, str]) -> str:
        written: list[str] = []
        start = position = 0
        while position <= len(text) - _MIN_SECRET_LENGTH:
            values = by_head.get(text[position : position + _MIN_SECRET_LENGTH], ())
            value = next((each for each in values if text.startswith(each, position)), None)
            if value is None:
                position += 1
                continue
            written += (text[start:position], tokens[value])
            start = position = position + len(value)
        return "".join(written) + text[start:]

    return replace_many


def _replace_word(text: str, value: str, token: str) -> str:
    """Replace a value where it is not part of a longer word."""
    return re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", token.replace("\\", r"\\"), text)
