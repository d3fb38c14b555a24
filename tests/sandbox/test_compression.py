"""Compression of payloads."""

from __future__ import annotations

import gzip
import zlib

import pytest

from gateway.messages import ClientRequest, ClientResponse, Headers
from sandbox.compression import compress_response, decompress_request

BODY = b"x" * 100


@pytest.mark.parametrize(
    ("accepted", "minimum", "encoding"),
    [
        ("gzip", 0, "gzip"),
        ("deflate, gzip;q=0.5", 100, "deflate"),
        ("gzip, deflate, br", 100, "gzip"),
        ("*", 0, None),
        ("gzip", 101, None),
        ("gzip", None, None),
        ("gzip;q=0", 0, None),
        ("br", 0, None),
        (None, 0, None),
    ],
)
def test_a_response_is_compressed_where_all_agree(
    accepted: str | None, minimum: int | None, encoding: str | None
) -> None:
    asked = Headers.of({"Accept-Encoding": accepted}) if accepted else Headers()
    response = compress_response(ClientResponse(status=200, body=BODY), asked, minimum)
    assert response.headers.get("Content-Encoding") == encoding
    assert _unpacked(response.body, encoding) == BODY


def _unpacked(body: bytes, encoding: str | None) -> bytes:
    if encoding is None:
        return body
    return gzip.decompress(body) if encoding == "gzip" else zlib.decompress(body)


def test_an_encoded_response_is_left_alone() -> None:
    response = ClientResponse(status=200, headers=Headers.of({"Content-Encoding": "br"}), body=BODY)
    assert compress_response(response, Headers.of({"Accept-Encoding": "gzip"}), 0) == response


def test_a_compressed_request_is_decompressed_where_compression_is_on() -> None:
    headers = Headers.of({"content-encoding": "gzip", "Content-Length": "1"})
    request = ClientRequest(http_method="POST", path="/", headers=headers, body=gzip.compress(BODY))
    assert decompress_request(request, None) == request
    plain = decompress_request(request, 10)
    assert plain is not None
    assert plain.body == BODY
    assert plain.headers == Headers.of({"Content-Length": "100"})


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br"])
def test_a_body_that_is_not_what_it_says_cannot_be_read(encoding: str) -> None:
    headers = Headers.of({"Content-Encoding": encoding})
    request = ClientRequest(http_method="POST", path="/", headers=headers, body=b"no")
    assert decompress_request(request, 10) is None
    assert decompress_request(request, None) == request
