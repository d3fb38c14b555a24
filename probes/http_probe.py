"""Single requests over httpx: sent as they are described, recorded as exchanges."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Self

import httpx

from contracts.evidence import Exchange, HttpRequest, HttpResponse, Mode, Origin, Prediction
from gateway.messages import ClientRequest, Headers
from probes.authentication import AwsKeys, sigv4_headers
from probes.authorities import trusted
from probes.exchange_recorder import new_trace_id

PARALLEL_REQUESTS = 4
_ANY_SIGNATURE = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=prediction, SignedHeaders=host, Signature=prediction",
    "X-Amz-Date": "20260101T000000Z",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpProbe:
    """A request to send and what is meant by it. ``path`` is percent-encoded and below the stage; ``query`` is raw.

    ``signed_ago_s`` dates a signature back.
    """

    http_method: str
    path: str
    origin: Origin
    mode: Mode
    intent: str
    query: str = ""
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""
    resource_path: str | None = None
    violates: tuple[str, ...] = ()
    prediction: Prediction | None = None
    operation_id: str | None = None
    is_signed: bool = False
    signed_ago_s: int = 0

    @property
    def client_request(self) -> ClientRequest:
        """The request as it arrives at the stage, for the gateway model; a signature stands for what signing adds."""
        headers = self.headers
        for name, value in _ANY_SIGNATURE.items() if self.is_signed else ():
            headers = headers.set(name, value)
        return ClientRequest(
            http_method=self.http_method, path=self.path, query=self.query, headers=headers, body=self.body
        )


class Prober:
    """Sends probes to a stage, a few at a time; as a context manager it closes its connections.

    Args:
        base_url: Where the stage answers.
        user_agent: Names the run.
        shard: The first part of exchange ids.
        timeout_s: After which a request counts as unanswered.
        rate_limit_per_s: Requests a second at most; None for no limit.
        aws_keys: Signs probes that are to be signed.
        transport: In place of the network, for tests.
    """

    def __init__(  # noqa: PLR0913 - one keyword a setting
        self,
        base_url: str,
        *,
        user_agent: str,
        shard: str,
        timeout_s: float = 30.0,
        rate_limit_per_s: float | None = None,
        aws_keys: AwsKeys | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._user_agent = user_agent
        self._shard = shard
        self._aws_keys = aws_keys
        self._serial = itertools.count(1)
        self._interval_s = 0.0 if rate_limit_per_s is None else 1 / rate_limit_per_s
        self._lock = threading.Lock()
        self._next_slot_s = 0.0
        self._client = httpx.Client(
            timeout=timeout_s,
            follow_redirects=False,
            transport=transport,
            verify=trusted(),
            cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=())),  # a session is an identity too
        )
        del self._client.headers["Accept"]  # a probe sends the headers it names; Accept may be the one it leaves out

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._client.close()

    def send_all(
        self, probes: Iterable[HttpProbe], may_go_on: Callable[[], bool], *, parallel_requests: int = PARALLEL_REQUESTS
    ) -> Iterator[Exchange]:
        """Send probes, a few at a time, and yield their exchanges in the order of the probes.

        Args:
            probes: What to send.
            may_go_on: Asked before each request; those after a False are not sent.
            parallel_requests: How many are under way at a time; with one, each is answered before the next is sent.
        """

        def send(probe: HttpProbe) -> Exchange | None:
            return self.send(probe) if may_go_on() else None

        with ThreadPoolExecutor(parallel_requests) as pool:
            for exchange in pool.map(send, probes):
                if exchange is not None:
                    yield exchange

    def send(self, probe: HttpProbe) -> Exchange:
        """Send one probe. A network error is an exchange without a response."""
        trace_id = new_trace_id()
        request = self._request(probe, trace_id)
        self._pace()
        sent_at, started_s = datetime.now(UTC), time.perf_counter()
        response: HttpResponse | None = None
        error: str | None = None
        try:
            response = self._answer(request)
        except httpx.HTTPError as raised:
            error = f"{type(raised).__name__}: {raised}"
        return Exchange(
            exchange_id=f"{self._shard}-{next(self._serial):06d}",
            resource_path=probe.resource_path,
            http_method=probe.http_method,
            origin=probe.origin,
            mode=probe.mode,
            request=HttpRequest(
                http_method=probe.http_method,
                url=str(request.url),
                headers=_headers(request.headers),
                body=probe.body,
            ),
            response=response,
            sent_at=sent_at,
            elapsed_ms=(time.perf_counter() - started_s) * 1000,
            trace_id=trace_id,
            error=error,
            intent=probe.intent,
            violates=probe.violates,
            prediction=probe.prediction,
            operation_id=probe.operation_id,
        )

    def _answer(self, request: httpx.Request) -> HttpResponse:
        """Return the answer; a body that is not encoded as its header says stays as it came: that is the finding."""
        answer = self._client.send(request, stream=True)
        try:
            raw = b"".join(answer.iter_raw())
        finally:
            answer.close()
        try:
            body = httpx.Response(answer.status_code, headers=answer.headers, content=raw).content
        except httpx.DecodingError:
            body = raw
        return HttpResponse(status=answer.status_code, headers=_headers(answer.headers), body=body)

    def _request(self, probe: HttpProbe, trace_id: str) -> httpx.Request:
        url = f"{self._base_url}{probe.path}" + (f"?{probe.query}" if probe.query else "")
        headers = [
            *probe.headers.items(),
            ("User-Agent", self._user_agent),
            ("X-Amzn-Trace-Id", f"Root={trace_id};Sampled=1"),
        ]
        if probe.is_signed and self._aws_keys is not None:
            signature = sigv4_headers(
                self._aws_keys,
                http_method=probe.http_method,
                url=url,
                body=probe.body,
                content_type=probe.headers.get("content-type"),
                signed_ago_s=probe.signed_ago_s,
            )
            headers += signature.items()
        content = probe.body or None
        encoded = [(name.encode(), value.encode("utf-8", "surrogateescape")) for name, value in headers]
        return self._client.build_request(probe.http_method, url, headers=encoded, content=content)

    def _pace(self) -> None:
        if not self._interval_s:
            return
        with self._lock:
            slot_s = max(self._next_slot_s, time.monotonic())
            self._next_slot_s = slot_s + self._interval_s
        time.sleep(max(0.0, slot_s - time.monotonic()))


def _headers(headers: httpx.Headers) -> Headers:
    return Headers((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers.raw)
