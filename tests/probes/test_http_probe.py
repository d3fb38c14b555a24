"""A probe is sent as it is described, carries nothing of earlier answers, and its answer is kept whatever it is."""

from __future__ import annotations

import gzip
import ssl
from collections.abc import Callable
from pathlib import Path

import certifi
import httpx
import pytest

from contracts.evidence import Exchange, Mode, Origin
from gateway.messages import Headers
from probes.authorities import AuthoritiesError, given_authorities, trusted
from probes.http_probe import HttpProbe, Prober


def _sent(answer: Callable[[httpx.Request], httpx.Response], *headers: Headers) -> list[Exchange]:
    probes = [
        HttpProbe(
            http_method="GET", path="/users", headers=each, origin=Origin.PROVOCATION, mode=Mode.POSITIVE, intent="x"
        )
        for each in headers or (Headers(),)
    ]
    transport = httpx.MockTransport(answer)
    with Prober("https://h.example/dev", user_agent="stageproof", shard="p", transport=transport) as prober:
        return [prober.send(probe) for probe in probes]


def test_no_cookie_of_an_answer_goes_into_a_later_request() -> None:
    """Another identity would be answered in the session of the first one."""
    arrived: list[str | None] = []

    def answer(request: httpx.Request) -> httpx.Response:
        arrived.append(request.headers.get("cookie"))
        return httpx.Response(200, headers={"Set-Cookie": "session=first; Path=/"}, stream=httpx.ByteStream(b""))

    exchanges = _sent(answer, Headers(), Headers.of({"Cookie": "own=1"}), Headers())
    assert arrived == [None, "own=1", None]
    assert all(exchange.response_header("set-cookie") for exchange in exchanges)


def test_an_example_beyond_ascii_is_sent_as_utf_8() -> None:
    arrived: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        arrived.extend(value for name, value in request.headers.raw if name == b"X-Name")
        return httpx.Response(200, stream=httpx.ByteStream(b""))

    (exchange,) = _sent(answer, Headers.of({"X-Name": "Zo\u00eb"}))
    assert arrived == ["Zo\u00eb".encode()]
    assert exchange.error is None


@pytest.mark.parametrize(
    ("content", "body"),
    [
        pytest.param(gzip.compress(b"{}", mtime=0), b"{}", id="as its header says"),
        pytest.param(b"H4sIAAAAAAAC/6uuBQBDv6ajAgAAAA==", b"H4sIAAAAAAAC/6uuBQBDv6ajAgAAAA==", id="text in its place"),
    ],
)
def test_a_body_that_cannot_be_decoded_is_kept_as_it_came(content: bytes, body: bytes) -> None:
    """A stage that answers base64 under ``Content-Encoding: gzip`` did answer."""

    def answer(_: httpx.Request) -> httpx.Response:
        headers = {"Content-Encoding": "gzip", "x-amzn-RequestId": "r"}
        return httpx.Response(200, headers=headers, stream=httpx.ByteStream(content))

    (exchange,) = _sent(answer)
    assert exchange.response is not None
    assert (exchange.response.status, exchange.response.body, exchange.request_id) == (200, body, "r")


def test_a_network_error_is_an_exchange_without_an_answer() -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("too slow")

    (exchange,) = _sent(answer)
    assert (exchange.response, exchange.error) == (None, "ReadTimeout: too slow")


@pytest.fixture
def no_authorities(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_probes_trust_whom_the_traffic_trusts(no_authorities: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert trusted() is True
    no_authorities.setenv("REQUESTS_CA_BUNDLE", certifi.where())
    assert given_authorities() == certifi.where()
    context = trusted()
    assert isinstance(context, ssl.SSLContext)
    assert context.cert_store_stats()["x509_ca"] > 0
    no_authorities.setenv("REQUESTS_CA_BUNDLE", str(tmp_path))
    assert isinstance(trusted(), ssl.SSLContext), "a folder of certificates"


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_certificates_that_cannot_be_read_are_one_line(
    no_authorities: pytest.MonkeyPatch, tmp_path: Path, content: str | None
) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    no_authorities.setenv("CURL_CA_BUNDLE", str(path))
    with pytest.raises(AuthoritiesError, match=r"ca\.pem: certificates cannot be read from it \(.*correct REQUESTS_CA"):
        trusted()
