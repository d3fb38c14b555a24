"""Calls of HTTP endpoints: what is sent, what comes back, and how failures are worded."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gateway.messages import EndpointFailure, EndpointRequest, EndpointResponse, Headers
from gateway.rest_api import IntegrationType
from sandbox.http_integration import HttpIntegration


class _Endpoint(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    seen: list[tuple[str, list[tuple[str, str]], bytes]] = []  # noqa: RUF012 - shared by the requests of a test

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.seen.append((self.path, list(self.headers.items()), body))
        if self.path == "/trickle":
            self._trickle()
            return
        self.send_response(302 if self.path == "/moved" else 200)
        self.send_header("Location", "/elsewhere")
        self.send_header("Set-Cookie", "a=1")
        self.send_header("X-Spelt", "Value")
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"plain")

    def _trickle(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        for _ in range(20):
            try:
                self.wfile.write(b"x")
            except OSError:
                return
            time.sleep(0.05)

    do_POST = do_GET  # noqa: N815 - a name of the standard library

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the overridden method
        """Write nothing."""


@contextmanager
def serving(context: ssl.SSLContext | None = None) -> Iterator[int]:
    _Endpoint.seen.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Endpoint)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # refused handshakes are expected here
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def http() -> Iterator[HttpIntegration]:
    integration = HttpIntegration()
    yield integration
    integration.close()


def call(http: HttpIntegration, uri: str, **changes: Any) -> EndpointResponse:
    values = {"integration_type": IntegrationType.HTTP_PROXY, "http_method": "GET", "timeout_ms": 5_000, **changes}
    return http.call(EndpointRequest(uri=uri, **values))


def test_what_is_sent_is_what_was_asked_for_and_nothing_else(http: HttpIntegration) -> None:
    with serving() as port:
        headers = Headers([("X-Mixed", "a"), ("X-Mixed", "é"), ("Content-Type", "text/x"), ("Connection", "close")])
        call(http, f"http://127.0.0.1:{port}/a%2Fb?x=%20", http_method="POST", headers=headers, body=b"body")
    ((path, sent, body),) = _Endpoint.seen
    assert (path, body) == ("/a%2Fb?x=%20", b"body")
    assert sorted(sent) == sorted(
        [
            ("Host", f"127.0.0.1:{port}"),
            ("X-Mixed", "a"),
            ("X-Mixed", "é".encode().decode("latin-1")),
            ("Content-Type", "text/x"),
            ("Content-Length", "4"),
        ]
    )


def test_the_answer_comes_back_raw_without_redirects_and_cookies(http: HttpIntegration) -> None:
    with serving() as port:
        moved = call(http, f"http://127.0.0.1:{port}/moved")
        call(http, f"http://127.0.0.1:{port}/again")
    assert (moved.status, moved.body) == (302, b"plain")
    assert ("X-Spelt", "Value") in moved.headers.items()
    assert [path for path, _, _ in _Endpoint.seen] == ["/moved", "/again"]
    assert "Cookie" not in dict(_Endpoint.seen[1][1])


def test_the_timeout_holds_for_the_whole_answer(http: HttpIntegration) -> None:
    with serving() as port:
        started = time.monotonic()
        answer = call(http, f"http://127.0.0.1:{port}/trickle", timeout_ms=300)
    assert answer.failure is EndpointFailure.TIMEOUT
    assert time.monotonic() - started < 3


@pytest.mark.parametrize(
    ("uri", "failure", "message"),
    [
        ("http://127.0.0.1:9/", EndpointFailure.NETWORK_ERROR, "Connection refused"),
        ("http://does-not-exist.invalid/", EndpointFailure.INVALID_ENDPOINT, "Invalid endpoint address"),
        ("ftp://127.0.0.1/", EndpointFailure.INVALID_ENDPOINT, "Invalid endpoint address"),
    ],
)
def test_failures_are_worded_as_the_gateway_words_them(
    http: HttpIntegration, uri: str, failure: EndpointFailure, message: str
) -> None:
    answer = call(http, uri)
    assert (answer.failure, answer.failure_message) == (failure, message)


def test_an_unknown_certificate_is_refused_unless_verification_is_off(http: HttpIntegration, tmp_path: Path) -> None:
    with serving(_own_certificate(tmp_path)) as port:
        refused = call(http, f"https://localhost:{port}/")
        trusted = call(http, f"https://localhost:{port}/", insecure_skip_verification=True)
    assert refused.failure is EndpointFailure.TLS_ERROR
    assert refused.failure_message.startswith("PKIX path building failed")
    assert (trusted.failure, trusted.status) == (None, 200)


def _own_certificate(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(tz=UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    encoding, no_password = serialization.Encoding.PEM, serialization.NoEncryption()
    (folder / "key.pem").write_bytes(key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, no_password))
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(encoding))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    return context
