"""The AWS side below the stage server: its WSGI application, called from the server's threads."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsRequest:
    """A request for the AWS side. ``raw_path`` is percent-encoded; ``query`` is without ``?``."""

    http_method: str
    raw_path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    server: tuple[str, int]
    client_ip: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsResponse:
    """The AWS side's answer."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def call_aws_side(application: WSGIApplication, request: AwsRequest) -> AwsResponse:
    """Call the AWS side and return its whole answer."""
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], _error: Any = None) -> Any:
        started[:] = [(status, headers)]
        return lambda _data: None

    chunks: Iterable[bytes] = application(_environ(request), start_response)
    try:
        body = b"".join(chunks)
    finally:
        close = getattr(chunks, "close", None)
        if close is not None:
            close()
    status, headers = started[0]
    return AwsResponse(status=int(status.split(" ", 1)[0]), headers=tuple(headers), body=body)


def _environ(request: AwsRequest) -> dict[str, Any]:
    raw_uri = f"{request.raw_path}?{request.query}" if request.query else request.raw_path
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.http_method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(request.raw_path).decode("latin-1"),
        "QUERY_STRING": request.query,
        "REQUEST_URI": raw_uri,
        "RAW_URI": raw_uri,
        "SERVER_NAME": request.server[0],
        "SERVER_PORT": str(request.server[1]),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": request.client_ip,
        "CONTENT_LENGTH": str(len(request.body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request.headers:
        _add_header(environ, name.upper().replace("-", "_"), value)
    return environ


def _add_header(environ: dict[str, Any], name: str, value: str) -> None:
    if name in {"CONTENT_LENGTH", "TRANSFER_ENCODING"}:
        return
    key = name if name == "CONTENT_TYPE" else f"HTTP_{name}"
    environ[key] = f"{environ[key]},{value}" if key in environ else value
