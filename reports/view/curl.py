"""A request as a curl command that a person can paste: quoted so that no byte of it is read by the shell."""

from __future__ import annotations

import base64
import re
import shlex

from contracts.evidence import HttpRequest

_MOST_BODY_BYTES = 8_000
_SET_BY_CURL = {"host", "content-length", "connection", "accept-encoding", "transfer-encoding", "expect"}
_OF_OUR_TRACE = {"x-amzn-trace-id"}
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


def curl(request: HttpRequest) -> str:
    """Return a request as one curl command.

    Secrets stand in it as the tokens of the recording. A body that is no text comes through ``base64 -d``; one of more
    than 8,000 bytes is read from a file ``body`` that the reader has to provide.

    See: https://curl.se/docs/manpage.html
    """
    head = request.http_method.upper() == "HEAD"
    parts = ["curl -sS -i -g --path-as-is", "--head" if head else f"-X {quoted(request.http_method)}"]
    parts.extend(f"-H {quoted(line)}" for line in _header_lines(request))
    prefix, data = _data(request.body)
    return prefix + " ".join([*parts, *data, f"--url {quoted(request.url)}"])


def _header_lines(request: HttpRequest) -> list[str]:
    lines = [
        f"{name}: {value}" if value else f"{name};"
        for name, value in request.headers
        if name.lower() not in _SET_BY_CURL | _OF_OUR_TRACE and _HEADER_NAME.fullmatch(name)
    ]
    added_by_curl = ("Accept", "User-Agent", *(("Content-Type",) if request.body else ()))
    return lines + [f"{name}:" for name in added_by_curl if name not in request.headers]


def _data(body: bytes) -> tuple[str, list[str]]:
    if not body:
        return "", []
    if len(body) > _MOST_BODY_BYTES:
        return "", ["--data-binary @body"]
    text = _text(body)
    if text is None:
        return f"echo {base64.b64encode(body).decode()} | base64 -d | ", ["--data-binary @-"]
    return "", [f"--data-raw {quoted(text)}"]


def _text(body: bytes) -> str | None:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if "\x00" in text else text


def quoted(text: str) -> str:
    """Quote a word for a shell; characters that cannot be seen are written as escapes in ``$'…'``."""
    if not _UNPRINTABLE.search(text):
        return shlex.quote(text)
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"$'{_UNPRINTABLE.sub(_octal, escaped)}'"


def _octal(match: re.Match[str]) -> str:
    raw = match[0].encode("utf-8", "surrogatepass").replace(b"\x00", b"")
    return "".join(f"\\{byte:03o}" for byte in raw)
