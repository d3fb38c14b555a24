"""HTTP and HTTP_PROXY integrations: one pooled client, the whole call under one timeout, failures in Java's words.

API Gateway's HTTP client follows no redirect, and its failures are worded by the Java libraries it is built on.
"""

from __future__ import annotations

import socket
import ssl
import time
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from gateway.messages import EndpointFailure, EndpointRequest, EndpointResponse, Headers
from sandbox.lambda_integration import elapsed_ms

_NOT_SENT = frozenset(
    {"connection", "content-length", "host", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade"}
)
_UNTRUSTED = (
    "PKIX path building failed: sun.security.provider.certpath.SunCertPathBuilderException: "
    "unable to find valid certification path to requested target"
)
_LIMITS = httpx.Limits(max_connections=256, max_keepalive_connections=64)


class HttpIntegration:
    """Calls HTTP endpoints."""

    def __init__(self) -> None:
        self._verifying = _client(verify=True)
        self._trusting = _client(verify=False)

    def call(self, request: EndpointRequest) -> EndpointResponse:
        """Send a request and return what came, raw (not decompressed), or why nothing came."""
        started = time.monotonic()
        client = self._trusting if request.insecure_skip_verification else self._verifying
        try:
            return _exchange(client, request, started)
        except httpx.TimeoutException:
            return failed(EndpointFailure.TIMEOUT, "", started)
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError):
            return failed(EndpointFailure.INVALID_ENDPOINT, "Invalid endpoint address", started)
        except httpx.HTTPError as error:
            return _failure_of(error, httpx.URL(request.uri).host, started)

    def close(self) -> None:
        """Close all connections."""
        self._verifying.close()
        self._trusting.close()


def failed(failure: EndpointFailure, message: str, started: float) -> EndpointResponse:
    """Return the answer that says why none came."""
    return EndpointResponse(latency_ms=elapsed_ms(started), failure=failure, failure_message=message)


def _client(*, verify: bool) -> httpx.Client:
    no_cookies = CookieJar(policy=DefaultCookiePolicy(allowed_domains=[]))
    client = httpx.Client(verify=verify, trust_env=False, follow_redirects=False, limits=_LIMITS, cookies=no_cookies)
    client.headers.clear()
    return client


def _exchange(client: httpx.Client, request: EndpointRequest, started: float) -> EndpointResponse:
    timeout_s = request.timeout_ms / 1000
    sent = client.build_request(
        request.http_method,
        request.uri,
        headers=[
            (name.encode("latin-1", "replace"), value.encode("utf-8"))
            for name, value in request.headers
            if name.lower() not in _NOT_SENT
        ],
        content=request.body or None,
        timeout=timeout_s,
    )
    answer = client.send(sent, stream=True)
    try:
        body = _read(answer, started + timeout_s)
    finally:
        answer.close()
    headers = Headers((name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.headers.raw)
    return EndpointResponse(
        status=answer.status_code,
        headers=headers,
        body=body,
        latency_ms=elapsed_ms(started),
        endpoint_request_id=headers.get("x-amzn-requestid"),
    )


def _read(answer: httpx.Response, deadline: float) -> bytes:
    """Read the whole body. An endpoint that trickles does not get more time than one that is silent."""
    chunks = []
    for chunk in answer.iter_raw():
        chunks.append(chunk)
        if time.monotonic() > deadline:
            raise httpx.ReadTimeout("the whole answer took too long", request=answer.request)
    return b"".join(chunks)


def _failure_of(error: httpx.HTTPError, host: str, started: float) -> EndpointResponse:
    text = _texts(error)
    if "CERTIFICATE_VERIFY_FAILED" in text:
        mismatch = f"Host name '{host}' does not match the certificate subject provided by the peer"
        is_mismatch = "Hostname mismatch" in text or "IP address mismatch" in text
        return failed(EndpointFailure.TLS_ERROR, mismatch if is_mismatch else _UNTRUSTED, started)
    if _has_cause(error, ssl.SSLError):
        return failed(EndpointFailure.TLS_ERROR, "Received fatal alert: handshake_failure", started)
    if _has_cause(error, socket.gaierror):
        return failed(EndpointFailure.INVALID_ENDPOINT, "Invalid endpoint address", started)
    if isinstance(error, httpx.ConnectError):
        return failed(EndpointFailure.NETWORK_ERROR, "Connection refused", started)
    return failed(EndpointFailure.NETWORK_ERROR, "Connection is closed", started)


def _causes(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found


def _texts(error: BaseException) -> str:
    return " | ".join(str(cause) for cause in _causes(error))


def _has_cause(error: BaseException, kind: type[BaseException]) -> bool:
    return any(isinstance(cause, kind) for cause in _causes(error))
